namespace Tapedeck.KillTest;

/// <summary>What became of one file.</summary>
/// <param name="Format">Application and container.</param>
/// <param name="Rate">Of the clip.</param>
/// <param name="Path">The file.</param>
internal sealed record Verdict(string Format, string Rate, string Path)
{
    /// <summary>False when the kill came before the first write: no file, or none with a byte in it.</summary>
    public bool Exists { get; init; }

    /// <summary>Why it cannot be read, or what it holds that was never sent.</summary>
    public string? Unreadable { get; init; }

    /// <summary>What ffmpeg said.</summary>
    public string? Message { get; init; }

    /// <summary>The kill came in the middle of a write: the file ends in a part that is cut off after the restart. Not told for mkv, where repair drops such a part without a word.</summary>
    public bool IsTorn { get; init; }

    /// <summary>Samples that our reader found.</summary>
    public int Samples { get; init; }

    /// <summary>Media sent before the kill that the file does not hold.</summary>
    public double LossMs { get; init; }

    /// <summary>The part of it that the host had not read from its socket.</summary>
    public double InFlightMs { get; init; }

    /// <summary>After the next start the file was finished and announced.</summary>
    public bool Recovered { get; init; }

    /// <summary>Why not.</summary>
    public string? NotRecovered { get; init; }

    /// <summary>What a kill may cost in this container.</summary>
    public double LimitMs => Format is "mp4" or "mkv" ? 1000 : 300;
}
