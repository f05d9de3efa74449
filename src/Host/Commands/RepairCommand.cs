using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using Tapedeck.Containers;
using Tapedeck.Containers.Repair;
using Tapedeck.Engine.Recording;

namespace Tapedeck.Host.Commands;

/// <summary><c>tapedeck repair PATH…</c>: mends files that were cut off, in place and without copying media.</summary>
internal static class RepairCommand
{
    private static readonly string[] Extensions = [".mp4", ".m4v", ".m4a", ".mov", ".flv", ".ts", ".webm", ".mkv"];

    private sealed record Result(string Path, string Kind, string State, string Outcome, double SecondsBefore, double SecondsAfter, IReadOnlyList<string> Steps);

    public static Command Create()
    {
        var paths = new Argument<string[]>("path") { Description = "Files, or folders whose media files are looked at.", Arity = ArgumentArity.OneOrMore };
        var dryRun = new Option<bool>("--dry-run") { Description = "Say what would be done, change nothing." };
        var json = new Option<bool>("--json") { Description = "One JSON object a line." };
        var command = new Command("repair", "Mends media files that were cut off, in place; a good file is left as it is. Ends with 1 when a file cannot be mended.") { paths, dryRun, json };
        command.SetAction((result, cancellationToken) => Task.FromResult(Run(result.GetValue(paths)!, result.GetValue(dryRun), result.GetValue(json), cancellationToken)));
        return command;
    }

    private static int Run(string[] paths, bool isDryRun, bool asJson, CancellationToken cancellationToken)
    {
        var failed = false;
        foreach (var path in paths)
        {
            if (!Path.Exists(path))
            {
                Terminal.Error($"{path}: there is no such file or folder");
                failed = true;
            }
        }

        var files = paths.SelectMany(Files).Select(file => (Path: file, Size: SizeOf(file))).ToList();
        var bar = Terminal.Progress(isDryRun ? "Looking" : "Repairing", files.Sum(file => file.Size), files.Count);
        try
        {
            foreach (var (file, size) in files)
            {
                if (cancellationToken.IsCancellationRequested)
                    return ExitCode.Failure;
                var result = Repair(file, isDryRun, bar is null ? null : bar.Reach);
                failed |= result.Outcome == "failed";
                Show(result, asJson);
                bar?.FileDone(size);
            }
        }
        finally
        {
            Terminal.EndProgress();
        }

        return failed ? ExitCode.Failure : ExitCode.Success;
    }

    private static IEnumerable<string> Files(string path) => Directory.Exists(path)
        ? Directory.EnumerateFiles(path, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint })
            .Where(f => Extensions.Contains(Path.GetExtension(f), StringComparer.OrdinalIgnoreCase)).Order(StringComparer.Ordinal)
        : File.Exists(path) ? [path] : [];

    /// <summary>A file that cannot be looked at fails later, with the reason.</summary>
    private static long SizeOf(string path)
    {
        try
        {
            return new FileInfo(path).Length;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    private static Result Repair(string path, bool isDryRun, Action<long>? reached)
    {
        try
        {
            // Exclusive: a file that is being recorded is somebody else's to finish.
            using var handle = File.OpenHandle(path, FileMode.Open, isDryRun ? FileAccess.Read : FileAccess.ReadWrite, isDryRun ? FileShare.ReadWrite : FileShare.None);
            using var stream = new WatchedFile(new FileStream(new SafeFileHandle(handle.DangerousGetHandle(), ownsHandle: false), FileAccess.Read, 64 * 1024), reached);
            using var plan = ContainerRepair.Analyse(stream);
            var outcome = plan.State == FileState.Unreadable ? "failed" : !plan.HasWork ? "good" : isDryRun ? "would be repaired" : "repaired";
            if (plan.HasWork && !isDryRun)
                Volume.CarryOut(handle, plan.Disk);
            return new Result(path, plan.Kind, plan.State.ToString(), outcome, plan.DurationBefore.TotalSeconds, plan.DurationAfter.TotalSeconds, plan.Steps);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ContainerFormatException)
        {
            return new Result(path, "", "", "failed", 0, 0, [e.Message]);
        }
    }

    private static void Show(Result result, bool asJson)
    {
        if (asJson)
        {
            Terminal.Out(JsonSerializer.Serialize(new
            {
                path = result.Path,
                kind = result.Kind,
                state = result.State,
                outcome = result.Outcome,
                secondsBefore = result.SecondsBefore,
                secondsAfter = result.SecondsAfter,
                steps = result.Steps,
            }));
            return;
        }

        Terminal.Out(string.Create(CultureInfo.InvariantCulture, $"{result.Path}: {result.Outcome}{(result.Kind.Length > 0 ? $" ({result.Kind}, {result.State}, {result.SecondsAfter:0.000} s)" : "")}"));
        foreach (var step in result.Steps)
            Terminal.Out("  " + step);
    }
}
