using Tapedeck.Containers.Repair;

namespace Tapedeck.Containers.Mp4;

/// <summary>A fragment as it lies in the file: with its header visible, or hidden in a free box because it was never committed.</summary>
/// <param name="Offset">Where its header begins.</param>
/// <param name="HeaderLength">Of moof with all it holds: the number that commits it.</param>
/// <param name="Body">What moof holds.</param>
/// <param name="MediaAt">First byte of its samples, when mdat follows at once; otherwise 0.</param>
/// <param name="MediaEnd">Behind them, as mdat says.</param>
/// <param name="IsWhole">The file holds all that mdat says.</param>
/// <param name="Limit">Behind this nothing is of it: a torn one that was hidden may have other things behind it by now.</param>
internal sealed record StoredFragment(long Offset, long HeaderLength, byte[] Body, long MediaAt, long MediaEnd, bool IsWhole, long Limit)
{
    private const int MaxHeader = 64 << 20;

    /// <summary>Reads a moof box, or a free box that begins like one. Null when it is none, or when its header is torn.</summary>
    public static StoredFragment? Read(BoxFile file, in FileBox box)
    {
        if (box.HeaderLength != 8)
            return null;
        if (box.Type == FourCc.Moof)
        {
            if (!box.IsWhole || box.Length > MaxHeader)
                return null;
            var hasMedia = file.TryReadHeader(box.End, out var media) && media.Type == FourCc.Mdat;
            return new StoredFragment(
                box.Offset, box.Length, file.ReadBody(box), hasMedia ? media.Offset + media.HeaderLength : 0, hasMedia ? media.End : 0, hasMedia && media.IsWhole, file.Length);
        }

        var at = box.Offset + 8;
        if (box.Type != FourCc.Free || !file.TryReadHeader(at, out var child) || child.Type != FourCc.Mfhd)
            return null;
        while (child.IsWhole && child.Type != FourCc.Mdat)
        {
            at = child.End;
            if (at - box.Offset > MaxHeader || !file.TryReadHeader(at, out child))
                return null;
        }

        if (child.Type != FourCc.Mdat || child.HeaderLength != 8)
            return null;
        var body = new byte[at - box.Offset - 8];
        file.Read(box.Offset + 8, body);
        return new StoredFragment(box.Offset, at - box.Offset, body, at + 8, child.End, child.IsWhole && child.End == box.End, Math.Min(box.End, file.Length));
    }

    /// <summary>Its samples by track; a fragment that cannot be read has none.</summary>
    public List<SampleRun>[] Samples(Movie movie)
    {
        var runs = new List<SampleRun>[movie.Tracks.Count];
        for (var i = 0; i < runs.Length; i++)
            runs[i] = [];
        try
        {
            new FragmentReader(movie).Read(Body, Offset, (track, run) => runs[track].Add(run));
        }
        catch (ContainerFormatException)
        {
            foreach (var list in runs)
                list.Clear();
        }

        return runs;
    }

    /// <summary>Samples fill the media exactly, and each of them can be what it should.</summary>
    public bool IsSound(BoxFile file, Movie movie)
    {
        if (!IsWhole)
            return false;
        long bytes = 0;
        var any = false;
        var runs = Samples(movie);
        for (var i = 0; i < runs.Length; i++)
        {
            foreach (var run in runs[i])
            {
                if (run.Offset < MediaAt || run.Offset > MediaEnd || run.Count > (MediaEnd - run.Offset) / Math.Max(1, run.Size) || !IsSane(file, movie.Tracks[i], run))
                    return false;
                bytes += run.Size * (long)run.Count;
                any = true;
            }
        }

        return any && bytes == MediaEnd - MediaAt;
    }

    /// <summary>Whether the bytes of a sample (of PCM: of many) are possible: pages that never reached the disk are zeros.</summary>
    public static bool IsSane(BoxFile file, MovieTrack track, in SampleRun run)
    {
        const int PcmLook = 1 << 16;
        if (!Mp4Layout.IsInside(file, run))
            return false;
        var size = run.Size * (long)run.Count;
        if (run.Count > 1)
            size = Math.Min(size, PcmLook);
        var payload = new byte[size];
        file.Read(run.Offset, payload);
        var described = track.Entries[run.Entry >= 0 && run.Entry < track.Entries.Length ? run.Entry : 0];
        return run.Count > 1 || SamplePayload.Fault(described, payload) is null;
    }
}
