using Tapedeck.Recordings;
using Tapedeck.Steps;

namespace Tapedeck.UploadBench;

/// <summary>A step as the host would call it, whose progress outlasts the process when it has a file for it.</summary>
internal sealed class KeptStep : StepCall
{
    private readonly string? _store;
    private string? _progress;

    /// <param name="path">The file to upload.</param>
    /// <param name="name">Its place below the storage directory; null: its file name.</param>
    /// <param name="store">Where its progress is kept; null: in memory.</param>
    /// <param name="id">The step's identity; null: a new one.</param>
    public KeptStep(string path, string? name = null, string? store = null, Guid? id = null)
    {
        _store = store;
        Id = id ?? Guid.NewGuid();
        var file = new FileInfo(path);
        StoredFile = new StepFile(Guid.NewGuid(), 0, path, "mp4", new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero)) { Bytes = file.Exists ? file.Length : 0, Name = name ?? file.Name };
        _progress = store is not null && System.IO.File.Exists(store) ? System.IO.File.ReadAllText(store) : null;
    }

    public StepFile? StoredFile { get; set; }

    public override Guid Id { get; }

    public override StepDefinition Definition => Listed;

    public StepDefinition Listed { get; set; } = new("s3-upload");

    public override int Attempt => Attempts;

    public int Attempts { get; set; } = 1;

    public override DateTimeOffset At => Happened;

    public DateTimeOffset Happened { get; set; } = new(2026, 1, 31, 12, 0, 10, TimeSpan.Zero);

    public override StepRecording Recording => Recorded;

    public StepRecording Recorded { get; set; } = new(Guid.NewGuid(), "live", "_definst_", "cam", new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero));

    public override StepFile? File => StoredFile;

    public override StepCause? Cause => null;

    public override string? Progress => _progress;

    public int Saves { get; private set; }

    /// <summary>Happens before progress is kept; may throw as a catalog would.</summary>
    public Action<string>? Saving { get; set; }

    public bool IsDeleted { get; private set; }

    public override async ValueTask SaveProgressAsync(string progress, CancellationToken cancellationToken)
    {
        Saving?.Invoke(progress);
        _progress = progress;
        Saves++;
        if (_store is not null)
        {
            await System.IO.File.WriteAllTextAsync(_store + ".new", progress, CancellationToken.None);
            System.IO.File.Move(_store + ".new", _store, overwrite: true);
        }
    }

    public override ValueTask DeleteFileAsync(CancellationToken cancellationToken)
    {
        System.IO.File.Delete(StoredFile!.Path);
        IsDeleted = true;
        return default;
    }

    public override ValueTask SetSha256Async(ReadOnlyMemory<byte> hash, CancellationToken cancellationToken)
    {
        StoredFile = StoredFile! with { Sha256 = hash };
        return default;
    }

    public override ValueTask<IReadOnlyList<Discontinuity>> GetLedgerAsync(CancellationToken cancellationToken) => new([]);

    public override ValueTask MoveFileAsync(string path, CancellationToken cancellationToken) => throw new StepException("An upload moves nothing.");

    public override ValueTask<string> CopyFileAsync(string path, CancellationToken cancellationToken) => throw new StepException("An upload copies nothing.");

    public override ValueTask SetLabelAsync(string key, string? value, CancellationToken cancellationToken) => throw new StepException("An upload labels nothing.");
}
