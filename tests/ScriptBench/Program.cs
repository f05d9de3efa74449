using System.Diagnostics;
using System.Globalization;
using Tapedeck.HookScript;
using Tapedeck.HookScript.Tests.Kit;
using Tapedeck.Modules;
using Tapedeck.ScriptBench;
using Tapedeck.Steps;

// What a step by script costs beside starting a shell for it, and whether many runs and edits keep memory flat. Arguments: runs, edits.
var runs = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 2000;
var edits = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 50;
var root = Directory.CreateTempSubdirectory("tapedeck-script-bench-").FullName;
var script = Path.Combine(Directory.CreateDirectory(Path.Combine(root, "live", "scripts")).FullName, "after-record.csx");
var shell = Path.Combine(root, "live", "scripts", "hook.sh");
await File.WriteAllTextAsync(shell, "#!/bin/sh\nexit 0\n");
if (!OperatingSystem.IsWindows())
    File.SetUnixFileMode(shell, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
var plugin = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "HookScript", Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory))));
var file = new StepFile(Guid.NewGuid(), 0, Path.Combine(root, "cam.mp4"), "mp4", TimeProvider.System.GetUtcNow());
try
{
    await using var module = new HookScriptModule(new FakeRecorder(), new ModuleFolders(plugin, Path.Combine(root, "live")), new HookScriptOptions(), TimeProvider.System, new TestLog());
    Write(0);
    var first = Stopwatch.GetTimestamp();
    await StepAsync("script", "after-record.csx");
    Console.WriteLine($"first run of the first worker: {Stopwatch.GetElapsedTime(first).TotalMilliseconds:0} ms");
    var worker = module.Pool.Workers.Single();
    await MeasureAsync("warm-up", 200, () => StepAsync("script", "after-record.csx"));
    Memory("before");
    await MeasureAsync("warm script step", runs, () => StepAsync("script", "after-record.csx"));
    Memory($"after {runs} runs");
    await MeasureAsync("step 'shell' of an empty script", runs / 4, () => StepAsync("shell", "hook.sh"));
    await MeasureAsync("/bin/sh -c true, nothing else", runs / 4, ShellAsync);
    var edit = 0;
    await MeasureAsync("an edit and its first run", edits, () =>
    {
        Write(++edit);
        return StepAsync("script", "after-record.csx");
    });
    Memory($"after {edits} edits");

    async Task StepAsync(string kind, string argument)
    {
        var result = await module.RunStepAsync(new FakeStep(root, new StepDefinition(kind, argument), file), CancellationToken.None);
        if (result.Outcome != StepOutcome.Done)
            throw new InvalidOperationException(result.Detail);
    }

    async Task MeasureAsync(string what, int count, Func<Task> action)
    {
        var times = new double[count];
        var before = Cpu.Now(worker.Id);
        for (var i = 0; i < count; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await action();
            times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        var (host, children, workers) = Cpu.Now(worker.Id) - before;
        Array.Sort(times);
        Console.WriteLine($"{what,-34} {count,6}×  p50 {times[count / 2]:0.000} ms  p99 {times[count * 99 / 100]:0.000} ms  CPU each: host {host / count:0.000} ms + children {children / count:0.000} ms + worker {workers / count:0.000} ms");
    }

    void Memory(string when) =>
        Console.WriteLine($"memory {when,-20} host heap {GC.GetTotalMemory(forceFullCollection: true) / 1024.0:0} KiB, worker {worker.MemoryBytes() / 1048576.0:0.0} MiB{(worker.IsAlive ? "" : " (replaced)")}");
}
finally
{
    Directory.Delete(root, recursive: true);
}

void Write(int edit) => File.WriteAllText(script, $"var edit = {edit};\nvar name = Path.GetFileName(File.Path);\nreturn $\"{{name}} {{edit}}\";\n");

static async Task ShellAsync()
{
    using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "true"]))!;
    await process.WaitForExitAsync();
}
