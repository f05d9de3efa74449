using Tapedeck.Modules;
using Tapedeck.Steps;

namespace Tapedeck.HookScript.Tests.Kit;

/// <summary>An application with the module, real workers, and a folder of recordings. All is gone afterwards.</summary>
public class Setup : IAsyncDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("tapedeck-script-").FullName;
    private HookScriptModule? _module;

    public Setup()
    {
        Application = Directory.CreateDirectory(Path.Combine(_root, "applications", "live")).FullName;
        Scripts = Directory.CreateDirectory(Path.Combine(Application, "scripts")).FullName;
        Content = Directory.CreateDirectory(Path.Combine(_root, "content")).FullName;
    }

    /// <summary>So long a test waits for what must happen; generous, as machines are busy.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromMinutes(3);

    /// <summary>The plugin as it was built.</summary>
    public static string PluginFolder { get; } =
        Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "HookScript", Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory))));

    public string Application { get; }

    public string Scripts { get; }

    public string Content { get; }

    public HookScriptOptions Options { get; } = new();

    public string Plugin { get; set; } = PluginFolder;

    internal TestLog Log { get; } = new();

    internal FakeRecorder Recorder { get; } = new();

    internal HookScriptModule Module => _module ??= new HookScriptModule(Recorder, new ModuleFolders(Plugin, Application), Options, TimeProvider.System, Log);

    /// <summary>Writes a script, or another file of the application's folder.</summary>
    public string Write(string name, string text)
    {
        var path = Path.GetFullPath(Path.Combine(Scripts, name));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>A recorded file of some bytes, or a copy of a real one.</summary>
    public StepFile Recording(string name = "cam.mp4", string? copyOf = null)
    {
        var path = Path.Combine(Content, name);
        if (copyOf is null)
            File.WriteAllBytes(path, new byte[1234]);
        else
            File.Copy(copyOf, path);
        return new StepFile(Guid.NewGuid(), 0, path, Path.GetExtension(name)[1..], new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero))
        {
            Bytes = new FileInfo(path).Length,
            Duration = TimeSpan.FromSeconds(12.5),
        };
    }

    internal FakeStep Step(string script, StepFile? file = null, StepEvent on = StepEvent.FileClosed, Dictionary<string, string>? options = null, string kind = "script") =>
        new(Content, new StepDefinition(kind, script) { On = on, Options = options ?? [] }, file);

    /// <summary>Writes a script and runs it once.</summary>
    internal Task<StepResult> RunAsync(string name, string text, StepFile? file = null)
    {
        Write(name, text);
        return RunAsync(Step(name, file));
    }

    internal Task<StepResult> RunAsync(FakeStep step, CancellationToken cancellationToken = default) =>
        Module.RunStepAsync(step, cancellationToken).AsTask().WaitAsync(Patience, CancellationToken.None);

    /// <summary>A process that has ended may stay in the table until its parent looks.</summary>
    public static bool IsRunning(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/stat").Split(") ")[1][0] != 'Z';
        }
        catch (IOException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_module is not null)
            await _module.DisposeAsync();
        Directory.Delete(_root, recursive: true);
        GC.SuppressFinalize(this);
    }
}

/// <summary>One setup for the tests of a class: its worker is warm after the first.</summary>
public sealed class SharedSetup : Setup, IAsyncLifetime
{
    public Task InitializeAsync() => Task.CompletedTask;

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();
}
