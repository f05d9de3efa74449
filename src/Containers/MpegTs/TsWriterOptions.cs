namespace Tapedeck.Containers.MpegTs;

/// <summary>How a transport stream is written.</summary>
public sealed record TsWriterOptions
{
    /// <summary>
    /// How far the clock (PCR) runs behind the decode times. Frames of different tracks that arrive apart by less than this are in order for every
    /// receiver; below 10 s, above 0.
    /// </summary>
    public TimeSpan ClockLead { get; init; } = TimeSpan.FromMilliseconds(700);

    /// <summary>PID of the program map in a new file. Tracks take PIDs from 0x100 on.</summary>
    public int ProgramMapPid { get; init; } = 0x1000;

    /// <summary>Script data (onMetaData, cue points, text) becomes a stream of timed ID3 metadata: decision 0013.</summary>
    public bool RecordData { get; init; }

    /// <summary>The stream's onMetaData as AMF0, with which the metadata begins; may be empty.</summary>
    public ReadOnlyMemory<byte> Metadata { get; init; }

    /// <summary>A longer silence of all tracks is not filled with clock packets; the clock then jumps, marked as discontinuity.</summary>
    public TimeSpan LongestFilledGap { get; init; } = TimeSpan.FromSeconds(5);
}
