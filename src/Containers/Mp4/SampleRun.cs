namespace Tapedeck.Containers.Mp4;

/// <summary>Samples that lie one after the other and are alike: usually one; many where a table gives one size and duration for all.</summary>
internal record struct SampleRun
{
    /// <summary>In the file.</summary>
    public long Offset { get; set; }

    /// <summary>Bytes of each.</summary>
    public int Size { get; set; }

    /// <summary>Decode time of the first in track ticks, before edits.</summary>
    public long Time { get; set; }

    /// <summary>Of each.</summary>
    public uint Duration { get; set; }

    /// <summary>Presentation minus decode time.</summary>
    public int Composition { get; set; }

    public bool IsKey { get; set; }

    /// <summary>Index of the sample entry, from 0.</summary>
    public int Entry { get; set; }

    public uint Count { get; set; }

    /// <summary>Behind the last one.</summary>
    public readonly long EndTime => Time + Duration * (long)Count;

    /// <summary>The first <paramref name="count"/> of them.</summary>
    public readonly SampleRun Take(uint count) => this with { Count = count };

    /// <summary>What is left after the first <paramref name="count"/>.</summary>
    public readonly SampleRun Skip(uint count) =>
        this with { Count = Count - count, Offset = Offset + (long)Size * count, Time = Time + Duration * (long)count };
}
