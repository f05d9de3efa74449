using Tapedeck.HookScript.Protocol;

namespace Tapedeck.Scripts;

/// <summary>What a script finds by name without declaring it.</summary>
public sealed class ScriptGlobals : IDisposable
{
    private static readonly SocketsHttpHandler Sockets = new() { PooledConnectionLifetime = TimeSpan.FromMinutes(2) };
    private readonly ScriptFile? _file;
    private readonly string _event;
    private HttpClient? _http;

    internal ScriptGlobals(RunMessage run, HostQuestions questions, CancellationToken cancellationToken)
    {
        Cancellation = cancellationToken;
        _event = run.Step.Event;
        _file = run.File is null ? null : new ScriptFile(run.File, questions, cancellationToken);
        Recording = new ScriptRecording(run.Recording, questions, cancellationToken);
        Step = new ScriptStep(run.Step);
        Log = new ScriptLog(questions);
        Ffmpeg = new MediaTool("ffmpeg", ["-hide_banner", "-nostdin"], cancellationToken);
        Ffprobe = new MediaTool("ffprobe", ["-hide_banner"], cancellationToken);
    }

    /// <summary>The recording that the step is about.</summary>
    public ScriptRecording Recording { get; }

    /// <summary>The file that the step is about.</summary>
    /// <exception cref="ScriptException">The step waits for an event of the recording, which has no file.</exception>
    public ScriptFile File => _file ?? throw new ScriptException($"there is no File: the step waits for {_event}, which is about the recording");

    /// <summary>Whether there is a <see cref="File"/>.</summary>
    public bool HasFile => _file is not null;

    /// <summary>The step itself: its identity, the attempt, its options.</summary>
    public ScriptStep Step { get; }

    /// <summary>Writes to the host's log.</summary>
    public ScriptLog Log { get; }

    /// <summary>Runs ffmpeg.</summary>
    public MediaTool Ffmpeg { get; }

    /// <summary>Runs ffprobe.</summary>
    public MediaTool Ffprobe { get; }

    /// <summary>For requests; connections are shared by all runs. A request may take 30 s unless <c>Http.Timeout</c> is set.</summary>
    public HttpClient Http => _http ??= new HttpClient(Sockets, disposeHandler: false) { Timeout = TimeSpan.FromSeconds(30) };

    /// <summary>Signalled when the step's time is over or the host stops. A script that goes on nevertheless is killed soon after.</summary>
    public CancellationToken Cancellation { get; }

    /// <inheritdoc />
    public void Dispose() => _http?.Dispose();
}
