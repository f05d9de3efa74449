using Tapedeck.Media;

namespace Tapedeck.Containers;

/// <summary>A file cannot be read as what it claims to be; the message names box, tag or field and the offset.</summary>
public sealed class ContainerFormatException : Exception
{
    /// <summary>With what is wrong and where.</summary>
    public ContainerFormatException(string message, Exception? innerException = null)
        : base(message, innerException) { }
}

/// <summary>The parts that a file consists of so that it can grow: fragments of MP4, clusters of Matroska.</summary>
/// <param name="Count">How many.</param>
/// <param name="Longest">Presentation time of the one that lasts longest.</param>
public readonly record struct FragmentSummary(long Count, TimeSpan Longest);

/// <summary>Reads a media file frame by frame. Used by one task at a time. Bounds what it allocates by what the file really holds.</summary>
public interface IContainerReader : IDisposable
{
    /// <summary>What the file is, in words: "MP4, fragmented".</summary>
    string Format { get; }

    /// <summary>The wall clock at its first frame, as its maker noted it (MP4 creation time, Matroska DateUTC); null when it does not say.</summary>
    DateTimeOffset? StartTime => null;

    /// <summary>Its fragments or clusters; null for a file that has none. May read the headers of the whole file.</summary>
    FragmentSummary? Fragments => null;

    /// <summary>The tracks at the beginning of the file.</summary>
    IReadOnlyList<Track> Tracks { get; }

    /// <summary>How long the file plays, as its index or last frame says.</summary>
    TimeSpan Duration { get; }

    /// <summary>True when the file has its complete index (an ordinary MP4, a fragmented one that ends with mfra, an FLV with duration), false when it was cut off or is still growing.</summary>
    bool IsFinished { get; }

    /// <summary>
    /// The next frame, all tracks interleaved by decode time. Times are on the presentation time line of the file: edit lists are applied, the first
    /// presented frame of the earliest track is at 0 (its decode time may be below 0).
    /// </summary>
    /// <param name="frame">The frame; its memory is valid until the next call.</param>
    /// <returns>False at the end; a torn tail is the end.</returns>
    /// <exception cref="ContainerFormatException">The file is damaged here.</exception>
    bool TryRead(out MediaFrame frame);
}
