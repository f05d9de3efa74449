using System.Buffers;

namespace Tapedeck.Containers.MpegTs;

/// <summary>Where a transport stream that was cut off can be cut so that nothing in it is half.</summary>
/// <param name="WholePackets">Length up to the end of the last whole packet.</param>
/// <param name="CompleteUnits">
/// Length up to which every PES packet is whole: at most <see cref="WholePackets"/>. A PES packet without length counts as whole when its last packet has
/// stuffing; our writer always gives it some.
/// </param>
/// <param name="PresentationEnd">End of the last presentation at 90 kHz in 33 bits; null when no frame was found near the end.</param>
public readonly record struct TsTail(long WholePackets, long CompleteUnits, long? PresentationEnd)
{
    /// <summary>Looks at the last 8 MiB of a file.</summary>
    /// <exception cref="ContainerFormatException">It cannot be read as a transport stream there.</exception>
    public static TsTail Measure(Stream file, TsReaderLimits? limits = null) => Measure(file, file.Length, limits);

    /// <summary>The same as if the file ended at <paramref name="end"/>.</summary>
    /// <exception cref="ContainerFormatException">It cannot be read as a transport stream there.</exception>
    public static TsTail Measure(Stream file, long end, TsReaderLimits? limits = null)
    {
        var scan = TailScan.Run(file, end, limits ?? new TsReaderLimits());
        return new TsTail(scan.End, scan.CompleteUnits, scan.PresentationEnd);
    }
}

/// <summary>Reads the end of a transport stream and keeps what a continuation needs.</summary>
internal sealed class TailScan
{
    private const long Window = 8 << 20;

    // A PES packet that never ended, but of which nothing came for so long, belongs to a stream that is over.
    private const long Stale = 256 << 10;

    private readonly Dictionary<int, OpenPes> _pes = [];

    private TailScan(Demuxer demuxer) => Demuxer = demuxer;

    public Demuxer Demuxer { get; }

    /// <summary>End of the last whole packet.</summary>
    public long End { get; private set; }

    /// <summary>The last continuity counter of each PID.</summary>
    public Dictionary<int, int> Counters { get; } = [];

    /// <summary>The last clock at 90 kHz, 33 bits.</summary>
    public long? Clock { get; private set; }

    /// <summary>See <see cref="TsTail.CompleteUnits"/>.</summary>
    public long CompleteUnits => _pes.Values.Where(pes => !pes.IsWhole && pes.LastOffset > End - Stale).Select(pes => pes.Offset).Append(End).Min();

    public long? PresentationEnd => Latest(stream => stream.End);

    /// <summary>The decode time at which the file can go on.</summary>
    public long? NextDts => Latest(stream => stream.NextDts);

    /// <summary>The last message of timed metadata.</summary>
    public long? DataTime => Latest(stream => stream.LastMessage);

    /// <summary>Reads the last bytes before <paramref name="end"/>.</summary>
    public static TailScan Run(Stream file, long end, TsReaderLimits limits)
    {
        var scan = Run(file, end, limits, null);
        if (scan.Demuxer.Map is not null)
            return scan;

        // No tables near the end: those at the beginning.
        var head = new Demuxer(file, 0, Math.Min(end, limits.ProbeBytes), limits, []);
        while (head.Map is null && head.Read())
            Discard(head);
        return head.Map is null ? scan : Run(file, end, limits, head);
    }

    private static TailScan Run(Stream file, long end, TsReaderLimits limits, Demuxer? head)
    {
        var start = Math.Max(0, (end - Window) / TsPacket.Length * TsPacket.Length);
        var demuxer = new Demuxer(file, start, end, limits, []);
        if (head?.Map is { } map)
            demuxer.Assume(head.PmtPid, map);
        var scan = new TailScan(demuxer) { End = start };
        demuxer.Sight = scan.See;
        while (demuxer.Read())
            Discard(demuxer);
        return scan;
    }

    private static void Discard(Demuxer demuxer)
    {
        foreach (var stream in demuxer.All)
        {
            while (stream.Frames.TryDequeue(out var frame))
                ArrayPool<byte>.Shared.Return(frame.Data);
        }
    }

    private long? Latest(Func<ElementaryStream, long> time)
    {
        var times = Demuxer.All.Select(time).Where(value => value != long.MinValue).ToList();
        return times.Count == 0 ? null : times.Max();
    }

    private void See(in TsPacket packet, long offset)
    {
        End = offset + TsPacket.Length;
        if (packet.Pcr >= 0)
            Clock = packet.Pcr / 300;
        if (!packet.HasPayload || packet.Pid == TsPacket.NullPid)
            return;
        Counters[packet.Pid] = packet.Counter;
        var payload = packet.Payload;
        if (packet.IsStart)
        {
            _pes.Remove(packet.Pid);
            if (payload.Length >= 6 && payload.StartsWith((ReadOnlySpan<byte>)[0, 0, 1]))
            {
                var length = payload[4] << 8 | payload[5];
                _pes[packet.Pid] = new OpenPes { Offset = offset, Rest = length == 0 ? -1 : length + 6 };
            }
        }

        if (!_pes.TryGetValue(packet.Pid, out var pes))
            return;
        pes.LastOffset = offset;
        if (pes.Rest >= 0)
            pes.Rest = Math.Max(0, pes.Rest - payload.Length);
        pes.IsStuffed = packet.IsStuffed;
    }

    private sealed class OpenPes
    {
        public long Offset { get; init; }

        public long LastOffset { get; set; }

        /// <summary>Bytes that have to come; -1 when the PES packet has no length.</summary>
        public int Rest { get; set; }

        public bool IsStuffed { get; set; }

        public bool IsWhole => Rest < 0 ? IsStuffed : Rest == 0;
    }
}
