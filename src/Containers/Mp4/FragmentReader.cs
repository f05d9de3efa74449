namespace Tapedeck.Containers.Mp4;

/// <summary>
/// Reads moof into runs of samples:
/// <code>
/// moof
///   mfhd
///   traf..  tfhd [tfdt] trun..
/// </code>
/// Remembers where each track is in time, for fragments without tfdt.
/// </summary>
internal sealed class FragmentReader(Movie movie)
{
    private readonly long[] _nextTimes = new long[movie.Tracks.Count];

    /// <summary>Sequence number of the last fragment.</summary>
    public uint Sequence { get; private set; }

    /// <summary>Sets where a track goes on, when samples in moov come before the fragments.</summary>
    public void StartAt(int track, long time) => _nextTimes[track] = time;

    /// <summary>Reads one moof; <paramref name="add"/> takes the index of the track and a run.</summary>
    public void Read(ReadOnlyMemory<byte> body, long moofOffset, Action<int, SampleRun> add)
    {
        var dataEnd = moofOffset;
        foreach (var box in new Boxes(body))
        {
            if (box.Type == FourCc.Mfhd)
                Sequence = new Fields(box.FullBody.Span).U32();
            else if (box.Type == FourCc.Traf)
                dataEnd = Track(box, moofOffset, dataEnd, add);
        }
    }

    private long Track(in Box traf, long moofOffset, long previousEnd, Action<int, SampleRun> add)
    {
        if (!traf.Children().TryFind(FourCc.Tfhd, out var header))
            return previousEnd;
        var fields = new Fields(header.FullBody.Span);
        var id = fields.U32();
        var index = 0;
        while (index < movie.Tracks.Count && movie.Tracks[index].Id != id)
            index++;
        if (index == movie.Tracks.Count)
            return previousEnd;
        var track = movie.Tracks[index];
        var flags = header.Flags;
        var start = (flags & 1) != 0 ? fields.I64() : (flags & 0x20000) != 0 ? moofOffset : previousEnd;
        var defaults = new Defaults(
            (flags & 2) != 0 ? fields.U32() : track.DefaultEntry,
            (flags & 8) != 0 ? fields.U32() : track.DefaultDuration,
            (flags & 16) != 0 ? fields.U32() : track.DefaultSize,
            (flags & 32) != 0 ? fields.U32() : track.DefaultFlags);
        if (fields.Failed)
            return previousEnd;
        var time = _nextTimes[index];
        if (traf.Children().TryFind(FourCc.Tfdt, out var decodeTime))
            time = Math.Clamp(new Fields(decodeTime.FullBody.Span).Sized(decodeTime.Version), 0, 1L << 60);
        var end = start;
        foreach (var box in traf.Children())
        {
            if (box.Type == FourCc.Trun)
                Run(box, index, defaults, start, ref end, ref time, add);
        }

        _nextTimes[index] = time;
        return end;
    }

    private static void Run(in Box box, int track, in Defaults defaults, long start, ref long end, ref long time, Action<int, SampleRun> add)
    {
        var fields = new Fields(box.FullBody.Span);
        var flags = box.Flags;
        var count = fields.U32();
        var offset = (flags & 1) != 0 ? start + (int)fields.U32() : end;
        var firstFlags = (flags & 4) != 0 ? fields.U32() : defaults.Flags;
        var run = new SampleRun { Offset = offset, Time = time, Entry = (int)defaults.Entry - 1, Count = 1 };
        if ((flags & 0xF00) == 0)
        {
            // Nothing is said about single samples: the count costs no bytes, so it must not cost memory.
            if (defaults.Size is 0 or > int.MaxValue || count == 0 || fields.Failed)
                return;
            run = run with { Size = (int)defaults.Size, Duration = defaults.Duration, IsKey = IsSync(firstFlags) };
            add(track, run);
            run = run.Skip(1) with { Count = count - 1, IsKey = IsSync(defaults.Flags) };
            if (count > 1)
                add(track, run);
            end = run.Offset + run.Size * (long)run.Count;
            time = run.EndTime;
            return;
        }

        for (uint i = 0; i < count; i++)
        {
            run.Duration = (flags & 0x100) != 0 ? fields.U32() : defaults.Duration;
            var size = (flags & 0x200) != 0 ? fields.U32() : defaults.Size;
            var sampleFlags = (flags & 0x400) != 0 ? fields.U32() : i == 0 ? firstFlags : defaults.Flags;
            run.Composition = (flags & 0x800) != 0 ? (int)fields.U32() : 0;
            if (fields.Failed)
                break;
            if (size > int.MaxValue)
                throw new ContainerFormatException($"trun of track index {track} gives sample {i + 1} a size of {size}.");
            run.Size = (int)size;
            run.IsKey = IsSync(sampleFlags);
            add(track, run);
            run.Offset += run.Size;
            run.Time += run.Duration;
        }

        end = run.Offset;
        time = run.Time;
    }

    /// <summary>sample_is_non_sync_sample is bit 16.</summary>
    private static bool IsSync(uint flags) => (flags & 0x10000) == 0;

    private readonly record struct Defaults(uint Entry, uint Duration, uint Size, uint Flags);
}
