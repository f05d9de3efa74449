namespace Tapedeck.Containers.WebM;

/// <summary>What kind of Matroska file is written.</summary>
public enum MatroskaDocType
{
    /// <summary>WebM: VP8, VP9, AV1 with Opus, Vorbis. Browsers play it.</summary>
    WebM,

    /// <summary>Matroska: also H.264, HEVC, AAC, MP3, AC-3, E-AC-3, FLAC, G.711.</summary>
    Matroska,
}

/// <summary>How a <see cref="MatroskaWriter"/> writes.</summary>
public sealed record MatroskaWriterOptions
{
    /// <summary>What the file calls itself, and so which codecs it takes.</summary>
    public MatroskaDocType DocType { get; init; }

    /// <summary>The instant written as DateUTC: the writer reads no clock. Null leaves it out.</summary>
    public DateTimeOffset? CreationTime { get; init; }

    /// <summary>The program that made the file.</summary>
    public string WritingApp { get; init; } = "Tapedeck";

    /// <summary>Script data (onMetaData, cue points, text) becomes a metadata track: decision 0013. Matroska only: WebM knows no such track.</summary>
    public bool RecordData { get; init; }

    /// <summary>The stream's onMetaData as AMF0, with which the metadata track begins; may be empty.</summary>
    public ReadOnlyMemory<byte> Metadata { get; init; }

    /// <summary>
    /// How much media may pass until the duration in the header of a file that is being recorded is patched. Without it players show no length
    /// for a file that was cut off.
    /// </summary>
    public TimeSpan DurationPatchInterval { get; init; } = TimeSpan.FromSeconds(10);
}
