namespace Tapedeck.Containers.MpegTs;

/// <summary>Reads the end of a transport stream such that a writer can go on behind it.</summary>
internal static class TsContinuation
{
    // Tables, a clock packet.
    private const int MaxStart = 16 * TsPacket.Length;

    public static TsWriter Open(Stream existing, TsWriterOptions options, DiskPlan plan)
    {
        var limits = new TsReaderLimits();
        if (existing.Length < 3 * TsPacket.Length)
        {
            // Not even tables and one packet: torn in the first write, if it is one of ours.
            CheckStart(existing);
            plan.Truncate(0);
            return new TsWriter(options);
        }

        CheckStart(existing);
        var torn = TailScan.Run(existing, existing.Length, limits);
        var length = torn.CompleteUnits;
        var tail = length == torn.End ? torn : TailScan.Run(existing, length, limits);
        if (tail.End != length || length % TsPacket.Length != 0)
            throw Foreign("there is something between its packets, or they are not of 188 bytes");
        if (tail.NextDts is not { } time)
        {
            // Tables, and then one access unit that is not whole: the first write was cut off. Anything else may be of value to somebody.
            if (torn.Demuxer.Map is null || length > MaxStart)
                throw Foreign("no frame was found near its end");
            plan.Truncate(0);
            return new TsWriter(options);
        }

        var tables = Tables(existing, tail, limits);
        if (length < existing.Length)
            plan.Truncate(length);
        var reader = TsReader.Open(existing, limits);
        return new TsWriter(options, new TsFileEnd
        {
            Length = length,
            Time = time,
            DataTime = DataTime(tail, time),
            Duration = (long)((Int128)reader.Duration.Ticks * TsTime.Rate / TimeSpan.TicksPerSecond),
            Clock = Clock(tail, time),
            Pat = tables.PatSection,
            Pmt = tables.PmtSection,
            PmtPid = tables.PmtPid,
            Map = tables.Map!,
            Counters = Counters(tail, tables),
        });
    }

    private static void CheckStart(Stream file)
    {
        file.Position = 0;
        if (file.Length > 0 && file.ReadByte() != TsPacket.Sync)
            throw Foreign("it does not begin with a packet");
    }

    /// <summary>The latest tables: from the end of the file, or from its beginning when they are not repeated.</summary>
    private static Demuxer Tables(Stream existing, TailScan tail, TsReaderLimits limits)
    {
        var tables = tail.Demuxer;
        if (tables.PatSection.Length == 0 || tables.PmtSection.Length == 0)
        {
            tables = new Demuxer(existing, 0, Math.Min(tail.End, limits.ProbeBytes), limits, []);
            while (tables.Map is null && tables.Read())
            {
                foreach (var stream in tables.All)
                    stream.Frames.Clear();
            }
        }

        if (tables.PatSection.Length == 0 || tables.PmtSection.Length == 0 || tables.Map is null)
            throw Foreign("its program tables cannot be read");
        if (tables.Programs.Count != 1)
            throw Foreign($"it has {tables.Programs.Count} programs");
        if (tables.Programs[0].Program != tables.Map.Program)
            throw Foreign("PAT and PMT name different programs");
        return tables;
    }

    /// <summary>The last clock on the time line of the decode times; one that is far from them is none.</summary>
    private static long? Clock(TailScan tail, long time)
    {
        if (tail.Clock is not { } stamp)
            return null;
        var clock = TsTime.Unwrap(stamp, time);
        return Math.Abs(clock - time) < 10 * TsTime.Rate ? clock : null;
    }

    /// <summary>Where messages may go on; a last one that is far ahead of the media does not count.</summary>
    private static long DataTime(TailScan tail, long time) => tail.DataTime is { } last && last - time < 10 * TsTime.Rate ? last + 1 : long.MinValue;

    private static List<(int Pid, int? Counter)> Counters(TailScan tail, Demuxer tables)
    {
        var counters = tail.Counters.Select(entry => (entry.Key, (int?)entry.Value)).ToList();
        foreach (var pid in tables.Map!.Streams.Select(stream => stream.Pid).Append(TsPacket.PatPid).Append(tables.PmtPid))
        {
            if (!tail.Counters.ContainsKey(pid))
                counters.Add((pid, null));
        }

        return counters;
    }

    private static ContainerFormatException Foreign(string because) => new($"This transport stream cannot be continued: {because}.");
}
