using System.Buffers.Binary;
using Tapedeck.Containers.Mp4;

namespace Tapedeck.Containers.Repair;

/// <summary>
/// MP4, by whomever: a fragmented file that nobody finished becomes an ordinary one in place. Its samples stay where they are; a final moov is appended inside of a free box
/// and one write of 8 or 16 bytes covers everything before it:
/// <code>
/// ftyp [free] moov moof mdat moof mdat           as found (after its moov got its header back, where that was lost)
/// ftyp [free] moov moof mdat free{moof mdat}     a hidden fragment is committed; of a torn one, whole samples are saved and the rest hidden
/// ftyp [free] moov moof mdat .. free{moov}       staged (or found so)
/// ftyp mdat[                        ] moov       covered
/// </code>
/// A torn ordinary file with its index in front gets a shorter index the same way.
/// </summary>
internal sealed class Mp4Repair : IContainerRepair
{
    public string Name => "MP4";

    public bool Recognises(ReadOnlySpan<byte> start) => start.Length >= 8 && BinaryPrimitives.ReadUInt32BigEndian(start[4..]) is
        FourCc.Ftyp or FourCc.Styp or FourCc.Moov or FourCc.Moof or FourCc.Mdat or FourCc.Free or FourCc.Skip;

    public RepairPlan Analyse(Stream file, bool isOwn)
    {
        var boxes = new BoxFile(file);
        if (Mp4Layout.Find(boxes) is not { } layout)
        {
            return new RepairPlan("MP4 without index", FileState.Unreadable)
            {
                Steps = ["There is no moov, nor fragments that would tell what a moov says: the media cannot be told apart."],
            };
        }

        return layout.Movie.IsFragmented ? Fragmented(file, boxes, layout) : Ordinary(file, boxes, layout);
    }

    private static RepairPlan Ordinary(Stream file, BoxFile boxes, Mp4Layout layout)
    {
        var before = Duration(file);
        if (!layout.HoldsAllSamples())
        {
            var recovery = Mp4Recovery.Read(boxes, layout, new Mp4WriterOptions(), saves: true);
            var steps = new List<string> { $"The index names samples beyond the end of the file: {recovery.Samples} are there, and get an index of their own." };
            return Finish("MP4", FileState.Torn, layout, recovery, new DiskPlan(), steps, boxes.Length, before);
        }

        var disk = new DiskPlan();
        var zeros = IsZeros(boxes, layout.End);
        if (zeros)
        {
            disk.Truncate(layout.End);
            disk.Sync();
        }

        return new RepairPlan("MP4", zeros ? FileState.Torn : FileState.Ordinary, disk)
        {
            Tracks = [.. layout.Movie.Tracks.Select(track => track.Entries[0])],
            DurationBefore = before,
            DurationAfter = before,
            Steps = zeros ? [$"The last {boxes.Length - layout.End} bytes are zeros: they are cut off."] : [],
        };
    }

    private static RepairPlan Fragmented(Stream file, BoxFile boxes, Mp4Layout layout)
    {
        var steps = new List<string>();
        var disk = new DiskPlan();
        var before = layout.Restore is null ? Duration(file) : TimeSpan.Zero;
        if (layout.Restore is { } restore)
            steps.Add($"The header of moov was overwritten at offset {restore.Offset}: it is put back.");
        Mp4Continuation.PutBack(disk, layout);
        var recovery = Mp4Recovery.Read(boxes, layout, new Mp4WriterOptions(), saves: true);
        steps.Add($"It is in {recovery.Fragments} fragments, with {recovery.Samples} samples.");
        if (recovery.Samples == 0)
        {
            Release(recovery);
            disk.Clear();
            return new RepairPlan("MP4, fragmented", FileState.Unreadable) { Steps = ["It has a header, and not one whole sample."] };
        }

        if (recovery.Index is { } index)
        {
            Release(recovery);
            steps.Add("Its index is complete and not switched on: it is.");
            Mp4Writer.Cover(disk, layout.CoverAt, index.Offset, layout.Placeholder is not null);
            return new RepairPlan("MP4, fragmented", FileState.NeedsFinishing, disk)
            {
                Tracks = [.. layout.Movie.Tracks.Select(track => track.Entries[0])],
                DurationBefore = before,
                DurationAfter = before,
                Steps = steps,
            };
        }

        if (layout.Restore is null && recovery is { Hidden: null, Torn: null } && recovery.WholeEnd == boxes.Length && FragmentIndex.EndsFile(boxes))
        {
            Release(recovery);
            steps.Add("It ends with the index of its fragments: it was finished as a fragmented file, and stays one.");
            return new RepairPlan("MP4, fragmented", FileState.Ordinary, disk)
            {
                Tracks = [.. layout.Movie.Tracks.Select(track => track.Entries[0])],
                DurationBefore = before,
                DurationAfter = before,
                Steps = steps,
            };
        }

        var (length, isTorn) = Tail(disk, boxes, recovery, steps);
        steps.Add("An index is appended, and switched on by one write: the file becomes an ordinary one.");
        return Finish("MP4, fragmented", isTorn ? FileState.Torn : FileState.NeedsFinishing, layout, recovery, disk, steps, length, before);
    }

    /// <summary>Deals with what lies behind the last whole fragment; returns where the index goes.</summary>
    private static (long Length, bool IsTorn) Tail(DiskPlan disk, BoxFile boxes, Mp4Recovery recovery, List<string> steps)
    {
        if (recovery.Hidden is { } hidden)
        {
            steps.Add($"The last fragment, at offset {hidden.Offset}, is complete and was never committed: it is.");
            Mp4Continuation.Commit(disk, hidden);
            if (hidden.MediaEnd < boxes.Length)
                disk.Truncate(hidden.MediaEnd);
            return (hidden.MediaEnd, false);
        }

        if (recovery.Torn is { } torn && boxes.Length - torn.Offset <= uint.MaxValue)
        {
            steps.Add($"The fragment at offset {torn.Offset} is torn: {recovery.Saved} samples of it are saved, the rest is hidden.");
            var header = disk.Scratch(8);
            BinaryPrimitives.WriteUInt32BigEndian(header.Span, (uint)(boxes.Length - torn.Offset));
            BinaryPrimitives.WriteUInt32BigEndian(header.Span[4..], FourCc.Free);
            disk.Write(torn.Offset).Add(header);
            disk.Sync();
            return (boxes.Length, true);
        }

        if (recovery.WholeEnd == boxes.Length)
            return (boxes.Length, false);
        steps.Add($"The last {boxes.Length - recovery.WholeEnd} bytes hold nothing that plays: they are cut off.");
        disk.Truncate(recovery.WholeEnd);
        disk.Sync();
        return (recovery.WholeEnd, true);
    }

    private static RepairPlan Finish(
        string kind, FileState state, Mp4Layout layout, Mp4Recovery recovery, DiskPlan disk, List<string> steps, long length, TimeSpan before)
    {
        var writer = new Mp4Writer(new Mp4WriterOptions(), recovery.ToOlderFile(length));
        var after = writer.Duration;
        writer.Finish(disk);
        return new RepairPlan(kind, state, disk, writer)
        {
            Tracks = [.. layout.Movie.Tracks.Select(track => track.Entries[0])],
            DurationBefore = before,
            DurationAfter = after,
            Steps = steps,
        };
    }

    private static TimeSpan Duration(Stream file)
    {
        try
        {
            using var reader = Mp4Reader.Open(new OpenStream(file));
            return reader.Duration;
        }
        catch (ContainerFormatException)
        {
            return TimeSpan.Zero;
        }
    }

    private static bool IsZeros(BoxFile boxes, long from)
    {
        if (from >= boxes.Length)
            return false;
        var piece = new byte[1 << 16];
        for (var at = from; at < boxes.Length; at += piece.Length)
        {
            var part = piece.AsSpan(0, (int)Math.Min(piece.Length, boxes.Length - at));
            boxes.Read(at, part);
            if (part.IndexOfAnyExcept((byte)0) >= 0)
                return false;
        }

        return true;
    }

    private static void Release(Mp4Recovery recovery)
    {
        foreach (var track in recovery.Tracks)
            track.Dispose();
    }
}
