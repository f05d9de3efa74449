using Microsoft.Extensions.Logging.Abstractions;
using Tapedeck.Engine.Catalog;

namespace Tapedeck.Engine.Tests.Catalog;

/// <summary>A folder, a clock and a disk that fails when told to.</summary>
internal sealed class CatalogBench : IDisposable
{
    public TempFolder Folder { get; } = new();

    public ManualTime Time { get; } = new();

    public CatalogSettings Settings { get; set; } = new();

    public string Path => Folder["catalog.db"];

    /// <summary>What the next tries to open the file do instead.</summary>
    public Func<Exception?> OnOpen { get; set; } = () => null;

    /// <summary>What is done to each connection of the writer.</summary>
    public Action<CatalogSession> OnOpened { get; set; } = _ => { };

    public Task<RecordingCatalog> OpenAsync() => RecordingCatalog.OpenAsync(Path, Settings, Time, NullLogger.Instance, Open);

    public CatalogSession Open(string path)
    {
        if (OnOpen() is { } exception)
            throw exception;
        var session = CatalogSession.OpenWriter(path, Settings, Time);
        OnOpened(session);
        return session;
    }

    public NewRecording Recording(string stream = "cam", string application = "live", CatalogState state = CatalogState.Requested) =>
        new(Guid.CreateVersion7(Time.GetUtcNow()), new StreamAddress(application, "_definst_", stream), "{}", Time.GetUtcNow()) { State = state };

    public NewFile File(Guid recording, int sequence = 0, string? path = null) =>
        new(Guid.CreateVersion7(Time.GetUtcNow()), recording, sequence, path ?? $"/recordings/{recording:N}_{sequence}.mp4", "mp4", Time.GetUtcNow());

    /// <summary>The next change of availability.</summary>
    public static Task<CatalogAvailability> NextAsync(RecordingCatalog catalog)
    {
        var next = new TaskCompletionSource<CatalogAvailability>(TaskCreationOptions.RunContinuationsAsynchronously);
        catalog.AvailabilityChanged += a => next.TrySetResult(a);
        return next.Task;
    }

    public void Dispose() => Folder.Dispose();
}
