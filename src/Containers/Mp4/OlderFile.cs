namespace Tapedeck.Containers.Mp4;

/// <summary>A file that is continued, as its writer needs to know it.</summary>
internal sealed record OlderFile
{
    /// <summary>With all samples that the file holds.</summary>
    public required List<WriterTrack> Tracks { get; init; }

    /// <summary>Its moov, from which the final one is made.</summary>
    public required MovieTemplate Template { get; init; }

    /// <summary>Its header in the fragmented form, from which one with further entries is made; null where there is no room for that.</summary>
    public MovieTemplate? Header { get; init; }

    /// <summary>Where that header lies.</summary>
    public HeaderPlace HeaderPlace { get; init; }

    /// <summary>Of the last fragment.</summary>
    public required uint Sequence { get; init; }

    /// <summary>Where the duration of mehd is; 0 when it has none.</summary>
    public required long DurationAt { get; init; }

    /// <summary>It has 32 bits instead of 64.</summary>
    public bool DurationIsShort { get; init; }

    /// <summary>Once the plan was carried out.</summary>
    public required long Length { get; init; }

    /// <summary>
    /// The header that becomes that of the mdat which covers the fragmented form: a placeholder's, or moov's own. Of the latter, 8 bytes are written, or
    /// 16 beyond 4 GiB: then also the header of mvhd goes, which nobody misses.
    /// </summary>
    public required long CoverAt { get; init; }

    /// <summary>Length of the placeholder; 0 when there is none.</summary>
    public required long Reserved { get; init; }
}
