using Tapedeck.Connections;
using Tapedeck.Modules;
using Tapedeck.Recordings;
using Tapedeck.Streams;

namespace Tapedeck.Applications;

/// <summary>The applications this host serves.</summary>
public interface IApplications
{
    /// <summary>The instance of an application, started when it is asked for first; null when no such application is configured.</summary>
    /// <param name="application">Application name; compared without case.</param>
    /// <param name="instance">Instance name, <c>_definst_</c> when the client names none.</param>
    /// <param name="cancellationToken">Ends the wait for the start.</param>
    /// <exception cref="ApplicationUnavailableException">It exists but cannot be started; the message says why.</exception>
    ValueTask<IApplicationInstance?> GetInstanceAsync(string application, string instance, CancellationToken cancellationToken);
}

/// <summary>An application exists but cannot serve.</summary>
public sealed class ApplicationUnavailableException(string message) : Exception(message);

/// <summary>
/// A running application instance: where clients connect, publish, play and call. Protocols use these entries, which ask and tell
/// the application's modules; modules use <see cref="Streams"/> and <see cref="Recorder"/>.
/// </summary>
public interface IApplicationInstance
{
    /// <summary>Application name.</summary>
    string Application { get; }

    /// <summary>Instance name.</summary>
    string Name { get; }

    /// <summary>The application's properties.</summary>
    IApplicationProperties Properties { get; }

    /// <summary>Streams that are live now.</summary>
    IReadOnlyCollection<ILiveStream> Streams { get; }

    /// <summary>The recorder of this instance.</summary>
    IRecorder Recorder { get; }

    /// <summary>The live stream of this name; null when there is none. Exact comparison.</summary>
    ILiveStream? FindStream(string name);

    /// <summary>A client wants to connect: asks the modules.</summary>
    ValueTask<Decision> ConnectAsync(IClientConnection client, CancellationToken cancellationToken);

    /// <summary>A connected client is gone. Call exactly once for each accepted <see cref="ConnectAsync"/>.</summary>
    void Disconnect(IClientConnection client);

    /// <summary>A client wants to publish: checks the name, asks the modules, starts what the application records.</summary>
    ValueTask<PublishResult> PublishAsync(PublishRequest request, CancellationToken cancellationToken);

    /// <summary>A client wants to play.</summary>
    ValueTask<PlayResult> PlayAsync(PlayRequest request, CancellationToken cancellationToken);

    /// <summary>A client's command that the protocol itself does not define.</summary>
    ValueTask<CommandResult> CallAsync(CommandCall call, CancellationToken cancellationToken);
}

/// <summary>Properties of an application, as its file gives them; names compare without case.</summary>
public interface IApplicationProperties
{
    /// <summary>All names, in order of the file.</summary>
    IReadOnlyCollection<string> Names { get; }

    /// <summary>The text of a property; <paramref name="defaultValue"/> when it is absent.</summary>
    string? GetString(string name, string? defaultValue = null);

    /// <summary>A boolean; <paramref name="defaultValue"/> when it is absent or not <c>true</c>/<c>false</c>.</summary>
    bool GetBoolean(string name, bool defaultValue);

    /// <summary>A whole number; <paramref name="defaultValue"/> when it is absent or not a number.</summary>
    long GetInt64(string name, long defaultValue);

    /// <summary>A number; <paramref name="defaultValue"/> when it is absent or not a number.</summary>
    double GetDouble(string name, double defaultValue);
}
