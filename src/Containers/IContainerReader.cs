using Tapedeck.Media;

namespace Tapedeck.Containers;

/// <summary>A file cannot be read as what it claims to be; the message names box, tag or field and the offset.</summary>
public sealed class ContainerFormatException : Exception
{
    /// <summary>With what is wrong and where.</summary>
    public ContainerFormatException(string message, Exception? innerException = null)
        : base(message, innerException) { }
}

/// <summary>Reads a media file frame by frame. Used by one task at a time. Bounds what it allocates by what the file really holds.</summary>
public interface IContainerReader : IDisposable
{
    /// <summary>The tracks at the beginning of the file.</summary>
    IReadOnlyList<Track> Tracks { get; }

    /// <summary>How long the file plays, as its index or last frame says.</summary>
    TimeSpan Duration { get; }

    /// <summary>True when the file has its complete index (an ordinary MP4, an FLV with duration), false when it was cut off or is still growing.</summary>
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
