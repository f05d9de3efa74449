using Tapedeck.Media;

namespace Tapedeck.Containers.Mp4;

/// <summary>What a moov says.</summary>
internal sealed class Movie
{
    public required uint Timescale { get; init; }

    /// <summary>Of mvhd, or mehd where it is there; movie ticks.</summary>
    public required long Duration { get; init; }

    /// <summary>Of mvhd; null when it does not say.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>mvex is there: fragments may follow.</summary>
    public required bool IsFragmented { get; init; }

    public required IReadOnlyList<MovieTrack> Tracks { get; init; }
}

/// <summary>What a trak (and its trex) says. Memory is of the moov.</summary>
internal sealed class MovieTrack
{
    public uint Id { get; set; }

    public TrackKind Kind { get; set; }

    public uint Timescale { get; set; }

    /// <summary>One for each entry of stsd.</summary>
    public Track[] Entries { get; set; } = [];

    /// <summary>The same entries, as they stand in the file.</summary>
    public ReadOnlyMemory<byte>[] EntryBytes { get; set; } = [];

    public bool HasEditList { get; set; }

    /// <summary>Movie ticks before the track begins.</summary>
    public long EmptyEdit { get; set; }

    /// <summary>Where the first edit with media begins, in track ticks.</summary>
    public long MediaTime { get; set; }

    /// <summary>Edits with media; what they say beyond the first is not honoured.</summary>
    public int MediaEdits { get; set; }

    /// <summary>Presented length in movie ticks, without the empty edit; 0 when open.</summary>
    public long EditDuration { get; set; }

    public long MediaDuration { get; set; }

    public SampleTableData Tables { get; } = new();

    // Defaults for fragments (trex).
    public uint DefaultEntry { get; set; } = 1;

    public uint DefaultDuration { get; set; }

    public uint DefaultSize { get; set; }

    public uint DefaultFlags { get; set; }
}

/// <summary>The raw tables of an stbl, without their counts: each is as long as the box really is.</summary>
internal sealed class SampleTableData
{
    public ReadOnlyMemory<byte> Durations { get; set; }

    public ReadOnlyMemory<byte> Offsets { get; set; }

    public ReadOnlyMemory<byte> Chunks { get; set; }

    public ReadOnlyMemory<byte> ChunkOffsets { get; set; }

    public bool IsWide { get; set; }

    /// <summary>Sizes, unless they are all <see cref="ConstantSize"/>.</summary>
    public ReadOnlyMemory<byte> Sizes { get; set; }

    public uint ConstantSize { get; set; }

    /// <summary>Samples: a declared number, backed by data only when sizes are not constant.</summary>
    public uint Samples { get; set; }

    public ReadOnlyMemory<byte> Keys { get; set; }

    public bool HasKeys { get; set; }
}
