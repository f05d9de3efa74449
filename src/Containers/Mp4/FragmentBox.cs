namespace Tapedeck.Containers.Mp4;

/// <summary>
/// Writes the header of a fragment; the samples follow it, track by track, so that each track gives one chunk of the final tables:
/// <code>
/// moof
///   mfhd  sequence number
///   traf  (each track with samples)
///     tfhd  default-base-is-moof, sample description unless it is the first, defaults for what is constant here
///     tfdt  64 bits: sum of the durations before
///     [sgpd sbgp]  Opus: roll
///     trun  data offset, then a sample: [duration] [size] [flags] [composition offset]
/// mdat header (8 bytes)
/// </code>
/// </summary>
internal static class FragmentBox
{
    private const uint Sync = 0x02000000;
    private const uint NonSync = 0x01010000;

    /// <summary>Returns the size of moof; the builder then also holds the header of mdat.</summary>
    public static int Write(BoxBuilder box, IReadOnlyList<WriterTrack> tracks, uint sequence, long payload)
    {
        box.Clear();
        box.Begin(FourCc.Moof);
        box.Begin(FourCc.Mfhd, 0, 0);
        box.U32(sequence);
        box.End();
        Span<int> offsets = stackalloc int[tracks.Count];
        for (var i = 0; i < tracks.Count; i++)
        {
            if (tracks[i].PendingCount > 0)
                offsets[i] = Track(box, tracks[i]);
        }

        box.End();
        var size = box.Position;
        long data = size + 8;
        for (var i = 0; i < tracks.Count; i++)
        {
            if (tracks[i].PendingCount > 0)
                box.Patch(offsets[i], checked((uint)data));
            data += tracks[i].PendingBytes;
        }

        box.U32(checked((uint)(payload + 8)));
        box.U32(FourCc.Mdat);
        return size;
    }

    /// <summary>Returns where the data offset is.</summary>
    private static int Track(BoxBuilder box, WriterTrack track)
    {
        var samples = track.Pending;
        var (sameDuration, sameSize, sameOffset, anyNegative, keysAfterFirst) = (true, true, true, false, 0);
        for (var i = 0; i < samples.Length; i++)
        {
            ref readonly var sample = ref samples[i];
            sameDuration &= sample.Duration == samples[0].Duration;
            sameSize &= sample.Length == samples[0].Length;
            sameOffset &= sample.Offset == 0;
            anyNegative |= sample.Offset < 0;
            if (i > 0 && sample.IsKey)
                keysAfterFirst++;
        }

        var restKey = keysAfterFirst == samples.Length - 1 && (samples.Length > 1 || samples[0].IsKey);
        var flagsEach = keysAfterFirst > 0 && !restKey;
        var firstFlags = !flagsEach && samples[0].IsKey != restKey;
        box.Begin(FourCc.Traf);
        var isConstant = track.SampleSize > 0;
        box.Begin(FourCc.Tfhd, 0, 0x20000u | (track.Entry > 0 ? 2u : 0) | (isConstant || sameDuration ? 8u : 0) | (isConstant || sameSize ? 16u : 0) | (flagsEach ? 0 : 32u));
        box.U32(track.Id);
        if (track.Entry > 0)
            box.U32((uint)track.Entry + 1);
        if (isConstant || sameDuration)
            box.U32(isConstant ? 1 : samples[0].Duration);
        if (isConstant || sameSize)
            box.U32((uint)(isConstant ? track.SampleSize : samples[0].Length));
        if (!flagsEach)
            box.U32(restKey ? Sync : NonSync);
        box.End();
        box.Begin(FourCc.Tfdt, 1, 0);
        box.U64((ulong)(samples[0].Time + track.TimeBase));
        box.End();
        if (track.RollDistance != 0)
            MovieBox.RollGroup(box, track.RollDistance, track.PendingSamples, 0x10001);
        int offset;
        if (isConstant)
        {
            offset = ConstantRuns(box, samples);
        }
        else
        {
            box.Begin(
                FourCc.Trun,
                anyNegative ? 1 : 0,
                1u | (firstFlags ? 4u : 0) | (sameDuration ? 0 : 0x100u) | (sameSize ? 0 : 0x200u) | (flagsEach ? 0x400u : 0) | (sameOffset ? 0 : 0x800u));
            box.U32((uint)samples.Length);
            offset = box.Position;
            box.U32(0);
            if (firstFlags)
                box.U32(samples[0].IsKey ? Sync : NonSync);
            foreach (ref readonly var sample in samples)
            {
                if (!sameDuration)
                    box.U32(sample.Duration);
                if (!sameSize)
                    box.U32((uint)sample.Length);
                if (flagsEach)
                    box.U32(sample.IsKey ? Sync : NonSync);
                if (!sameOffset)
                    box.U32((uint)sample.Offset);
            }

            box.End();
        }

        box.End();
        return offset;
    }

    /// <summary>G.711: one trun for all, or, around a gap, one up to the sample before it and one for that sample, which lasts longer.</summary>
    private static int ConstantRuns(BoxBuilder box, ReadOnlySpan<PendingSample> samples)
    {
        var offset = 0;
        uint count = 0;
        for (var i = 0; i < samples.Length; i++)
        {
            var isLong = samples[i].Duration > 1;
            count += samples[i].Count - (isLong ? 1u : 0);
            if (!isLong && i < samples.Length - 1)
                continue;
            if (count > 0)
                Run(box, count, 0, ref offset);
            if (isLong)
                Run(box, 1, samples[i].Duration, ref offset);
            count = 0;
        }

        return offset;
    }

    /// <summary>Only the first run says where the data is: the others follow it.</summary>
    private static void Run(BoxBuilder box, uint count, uint duration, ref int offset)
    {
        box.Begin(FourCc.Trun, 0, (offset == 0 ? 1u : 0) | (duration > 0 ? 0x100u : 0));
        box.U32(count);
        if (offset == 0)
        {
            offset = box.Position;
            box.U32(0);
        }

        if (duration > 0)
            box.U32(duration);
        box.End();
    }
}
