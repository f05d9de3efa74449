using Tapedeck.Steps;

namespace Tapedeck.S3Upload;

/// <summary>One file on its way to one destination.</summary>
/// <param name="Step">The attempt.</param>
/// <param name="File">The open file.</param>
/// <param name="Key">The name wished for.</param>
/// <param name="Progress">What was begun at this destination.</param>
/// <param name="SaveAsync">Keeps <paramref name="Progress"/>; on the medium when it returns.</param>
internal sealed record UploadJob(StepCall Step, LocalFile File, string Key, TargetProgress Progress, Func<CancellationToken, ValueTask> SaveAsync)
{
    /// <summary>SHA-256 of the file in hex: known before, or found now and told to the catalog.</summary>
    public async ValueTask<string> HashAsync(ReadOnlyMemory<byte>? whole, CancellationToken cancellationToken)
    {
        var isSame = Progress.Length == File.Length && Progress.Modified == File.Modified;
        if (isSame && Progress.Sha256 is { } known)
            return known;
        // What the catalog has may be older than the file, where a script changed it; only what is cheap to know is taken from there.
        var hash = whole is { } bytes ? System.Security.Cryptography.SHA256.HashData(bytes.Span) : await File.HashAsync(cancellationToken);
        if (Step.File!.Sha256 is not { } told || !told.Span.SequenceEqual(hash))
            await Step.SetSha256Async(hash, cancellationToken);
        return Convert.ToHexStringLower(hash);
    }
}

/// <summary>What is at a name.</summary>
internal enum Occupant
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The file, whole.</summary>
    Same,

    /// <summary>What this step sent before, not as it should be.</summary>
    Ours,

    /// <summary>Something else.</summary>
    Other,
}

/// <summary>A place that files are uploaded to.</summary>
internal interface IUploadTarget : IDisposable
{
    /// <summary>As properties say.</summary>
    TargetSettings Settings { get; }

    /// <summary>Whether it can be used, as far as a look tells.</summary>
    Task CheckAsync(CancellationToken cancellationToken);

    /// <summary>Brings the file there; when it returns, it was verified.</summary>
    /// <returns>Where it is.</returns>
    Task<string> UploadAsync(UploadJob job, CancellationToken cancellationToken);

    /// <summary>Lets go of what was begun there, because the file is elsewhere.</summary>
    Task AbandonAsync(TargetProgress progress, CancellationToken cancellationToken);

    /// <summary>What an exception means: what is wrong, and the remedy.</summary>
    string Explain(Exception exception);
}
