using Tapedeck.Recordings;
using Tapedeck.Steps;

namespace Tapedeck.HookScript.Tests.Kit;

/// <summary>A step of a catalog that is only here, on files that are really there.</summary>
internal sealed class FakeStep(string storage, StepDefinition definition, StepFile? file) : StepCall
{
    private StepFile? _file = file;

    public override Guid Id { get; } = Guid.NewGuid();

    public override StepDefinition Definition { get; } = definition;

    public override int Attempt => AttemptNumber;

    public int AttemptNumber { get; init; } = 1;

    public override DateTimeOffset At { get; } = new(2026, 3, 4, 6, 0, 0, TimeSpan.Zero);

    public Dictionary<string, string> Labels { get; } = new(StringComparer.Ordinal) { ["room"] = "3" };

    public string Stream { get; init; } = "cam 1";

    public override StepRecording Recording => new(RecordingId, "live", "_definst_", Stream, At)
    {
        StartedAt = new DateTimeOffset(2026, 3, 4, 5, 0, 0, TimeSpan.Zero),
        EndedAt = At,
        EndReason = RecordingEndReason.StreamEnded,
        Labels = new Dictionary<string, string>(Labels, StringComparer.Ordinal),
    };

    public Guid RecordingId { get; } = Guid.NewGuid();

    public override StepFile? File => _file;

    public override StepCause? Cause => CauseOf;

    public StepCause? CauseOf { get; init; }

    public override string? Progress => null;

    /// <summary>What was asked of the catalog, in order.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>What every question to the catalog waits for.</summary>
    public Func<CancellationToken, Task> Delay { get; init; } = _ => Task.CompletedTask;

    public override ValueTask SaveProgressAsync(string progress, CancellationToken cancellationToken) => throw new NotSupportedException();

    public override async ValueTask<IReadOnlyList<Discontinuity>> GetLedgerAsync(CancellationToken cancellationToken)
    {
        await NoteAsync("ledger", cancellationToken);
        return [new Discontinuity(DiscontinuityCause.Gap, TimeSpan.FromSeconds(7), At, TimeSpan.FromSeconds(2), "nothing came")];
    }

    public override async ValueTask MoveFileAsync(string path, CancellationToken cancellationToken)
    {
        await NoteAsync("move", cancellationToken);
        var target = Allowed(path);
        System.IO.File.Move(_file!.Path, target);
        _file = _file with { Path = target };
    }

    public override async ValueTask<string> CopyFileAsync(string path, CancellationToken cancellationToken)
    {
        await NoteAsync("copy", cancellationToken);
        var target = Allowed(path);
        System.IO.File.Copy(_file!.Path, target, overwrite: true);
        return target;
    }

    public override async ValueTask DeleteFileAsync(CancellationToken cancellationToken)
    {
        await NoteAsync("delete", cancellationToken);
        System.IO.File.Delete(_file!.Path);
    }

    public override ValueTask SetSha256Async(ReadOnlyMemory<byte> hash, CancellationToken cancellationToken) => throw new NotSupportedException();

    public override async ValueTask SetLabelAsync(string key, string? value, CancellationToken cancellationToken)
    {
        await NoteAsync("label", cancellationToken);
        if (key.Length > 64)
            throw new StepException("the key has more than 64 characters; take a shorter one");
        if (value is null)
            Labels.Remove(key);
        else
            Labels[key] = value;
    }

    private async Task NoteAsync(string call, CancellationToken cancellationToken)
    {
        lock (Calls)
            Calls.Add(call);
        await Delay(cancellationToken);
    }

    private string Allowed(string path)
    {
        var target = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(_file!.Path)!, path));
        if (!target.StartsWith(storage + "/", StringComparison.Ordinal))
            throw new StepException($"{target} lies outside of {storage}; list its folder in stepDirectories");
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        return target;
    }
}
