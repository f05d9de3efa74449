namespace Tapedeck.Host.Modules;

internal enum ModuleState
{
    /// <summary>Made, not started yet.</summary>
    Created,

    Running,

    /// <summary>It could not be made or started; the application runs without it.</summary>
    Faulted,

    Stopped,
}

/// <summary>How a module of an application instance fares, for operators.</summary>
/// <param name="Name">Its name in the application's list.</param>
/// <param name="Class">Its class in the application's list.</param>
/// <param name="State">Whether it works.</param>
/// <param name="Reason">Why it does not; null when it does.</param>
/// <param name="QueuedNotices">Notices that wait.</param>
/// <param name="LostNotices">Notices that it never got because its queue was full, or because it stopped too slowly.</param>
internal sealed record ModuleStatus(string Name, string Class, ModuleState State, string? Reason, int QueuedNotices, long LostNotices);
