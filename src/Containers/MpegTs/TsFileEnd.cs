namespace Tapedeck.Containers.MpegTs;

/// <summary>What is known about the end of a transport stream that is to be continued.</summary>
internal sealed record TsFileEnd
{
    /// <summary>Bytes that are kept.</summary>
    public required long Length { get; init; }

    /// <summary>Where the next decode time falls, at 90 kHz.</summary>
    public required long Time { get; init; }

    /// <summary>Where the next message of timed metadata may stand, on the same time line; <see cref="long.MinValue"/> for anywhere.</summary>
    public required long DataTime { get; init; }

    /// <summary>Presentation duration so far, at 90 kHz.</summary>
    public required long Duration { get; init; }

    /// <summary>The last clock, at 90 kHz, on the same time line as <see cref="Time"/>; null when it was not found.</summary>
    public required long? Clock { get; init; }

    /// <summary>The PAT section as it stands in the file.</summary>
    public required byte[] Pat { get; init; }

    /// <summary>The last PMT section.</summary>
    public required byte[] Pmt { get; init; }

    public required int PmtPid { get; init; }

    public required ProgramMap Map { get; init; }

    /// <summary>The last continuity counter of each PID; null for one that was not seen near the end.</summary>
    public required IReadOnlyList<(int Pid, int? Counter)> Counters { get; init; }
}
