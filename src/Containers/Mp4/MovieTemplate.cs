namespace Tapedeck.Containers.Mp4;

/// <summary>
/// The moov of an older file, written again with what has changed; everything else (names, languages, colours, chapters, user data) is copied:
/// <code>
/// moov
///   mvhd              duration
///   trak
///     tkhd            duration; size when entries have come
///     edts/elst       duration of the last edit with media: up to the end of what there is now
///     mdia
///       mdhd          duration
///       minf/stbl     stsd with the entries that have come, tables new
///   mvex              left out, or new in a header for fragments, where nothing else changes but stsd and size
/// </code>
/// </summary>
internal sealed class MovieTemplate(ReadOnlyMemory<byte> moov)
{
    /// <summary>The header for fragments, with the entries that have come; returns where the 8 bytes of mehd's duration are in the box.</summary>
    public int WriteFragmented(BoxBuilder box, IReadOnlyList<WriterTrack> tracks, long fileOffset, long duration)
    {
        box.Begin(FourCc.Moov);
        foreach (var child in new Boxes(moov))
        {
            if (child.Type is FourCc.Mvex or FourCc.Free or FourCc.Skip)
                continue;
            if (child.Type == FourCc.Trak && Find(child, tracks) is { } track)
                WithEntries(box, child, track);
            else
                Copy(box, child);
        }

        var position = MovieBox.Extends(box, tracks, fileOffset, duration);
        box.End();
        return position;
    }

    /// <summary>The finished form.</summary>
    public void WriteFinal(BoxBuilder box, IReadOnlyList<WriterTrack> tracks)
    {
        box.Begin(FourCc.Moov);
        foreach (var child in new Boxes(moov))
        {
            switch (child.Type)
            {
                case FourCc.Mvhd:
                    Dated(box, child, MovieBox.Duration(tracks));
                    break;
                case FourCc.Trak:
                    if (Find(child, tracks) is { } track)
                        Track(box, child, track);
                    break;
                case FourCc.Mvex or FourCc.Free or FourCc.Skip:
                    break;
                default:
                    Copy(box, child);
                    break;
            }
        }

        box.End();
    }

    private static WriterTrack? Find(in Box trak, IReadOnlyList<WriterTrack> tracks)
    {
        if (!trak.Children().TryFind(FourCc.Tkhd, out var header))
            return null;
        var fields = new Fields(header.FullBody.Span);
        fields.Skip(header.Version == 1 ? 16 : 8);
        var id = fields.U32();
        foreach (var track in tracks)
        {
            if (track.Id == id)
                return track;
        }

        return null;
    }

    private static void Track(BoxBuilder box, in Box trak, WriterTrack track)
    {
        var edits = track.HasNewEdits ? [] : Edits(trak, track);
        long duration = 0;
        foreach (var edit in edits)
            duration += edit.Duration;
        if (edits.Count == 0)
            duration = track.EmptyEdit + track.PresentedTicks;
        box.Begin(FourCc.Trak);
        foreach (var child in trak.Children())
        {
            switch (child.Type)
            {
                case FourCc.Tkhd:
                    Dated(box, child, duration);
                    Resize(box, track);
                    if (edits.Count > 0)
                        EditList(box, edits);
                    else
                        MovieBox.EditList(box, track, track.PresentedTicks);
                    break;
                case FourCc.Edts:
                    break;
                case FourCc.Mdia:
                    Media(box, child, track);
                    break;
                default:
                    Copy(box, child);
                    break;
            }
        }

        box.End();
    }

    /// <summary>Down to stsd; all else is copied.</summary>
    private static void WithEntries(BoxBuilder box, in Box parent, WriterTrack track)
    {
        box.Begin(parent.Type);
        foreach (var child in parent.Children())
        {
            if (child.Type is FourCc.Mdia or FourCc.Minf or FourCc.Stbl)
                WithEntries(box, child, track);
            else if (child.Type == FourCc.Stsd)
                Descriptions(box, child, track);
            else
                Copy(box, child);
            if (child.Type == FourCc.Tkhd)
                Resize(box, track);
        }

        box.End();
    }

    private static void Descriptions(BoxBuilder box, in Box original, WriterTrack track)
    {
        if (!track.HasNewEntries)
        {
            Copy(box, original);
            return;
        }

        box.Begin(FourCc.Stsd, original.Version, original.Flags);
        MovieBox.Descriptions(box, track);
        box.End();
    }

    /// <summary>Width and height end tkhd.</summary>
    private static void Resize(BoxBuilder box, WriterTrack track)
    {
        if (!track.IsVideo || !track.HasNewEntries)
            return;
        var (width, height) = track.PresentedSize;
        box.Patch(box.Position - 8, (uint)width << 16);
        box.Patch(box.Position - 4, (uint)height << 16);
    }

    private static List<(long Duration, long Time, uint Rate)> Edits(in Box trak, WriterTrack track)
    {
        var edits = new List<(long Duration, long Time, uint Rate)>();
        if (!trak.Children().TryFind(FourCc.Edts, out var container) || !container.Children().TryFind(FourCc.Elst, out var list))
            return edits;
        var fields = new Fields(list.FullBody.Span);
        var count = fields.U32();
        for (uint i = 0; i < count; i++)
        {
            var duration = fields.Sized(list.Version);
            var time = list.Version == 1 ? fields.I64() : (int)fields.U32();
            var rate = fields.U32();
            if (fields.Failed)
                break;
            edits.Add((Math.Max(0, duration), time, rate));
        }

        var last = edits.FindLastIndex(edit => edit.Time >= 0);
        if (last >= 0)
        {
            var presented = Math.Max(0, track.PresentationEnd - edits[last].Time);
            edits[last] = edits[last] with { Duration = (long)(((Int128)presented * track.MovieTimescale + track.Timescale - 1) / track.Timescale) };
        }

        return edits;
    }

    private static void EditList(BoxBuilder box, List<(long Duration, long Time, uint Rate)> edits)
    {
        var version = edits.Exists(edit => edit.Duration > uint.MaxValue || edit.Time > int.MaxValue) ? 1 : 0;
        box.Begin(FourCc.Edts);
        box.Begin(FourCc.Elst, version, 0);
        box.U32((uint)edits.Count);
        foreach (var (duration, time, rate) in edits)
        {
            box.Sized(version, duration);
            box.Sized(version, time);
            box.U32(rate);
        }

        box.End();
        box.End();
    }

    private static void Media(BoxBuilder box, in Box parent, WriterTrack track)
    {
        box.Begin(parent.Type);
        foreach (var child in parent.Children())
        {
            switch (child.Type)
            {
                case FourCc.Mdhd:
                    Dated(box, child, track.MediaDuration);
                    break;
                case FourCc.Minf:
                    Media(box, child, track);
                    break;
                case FourCc.Stbl:
                    box.Begin(FourCc.Stbl);
                    if (child.Children().TryFind(FourCc.Stsd, out var description))
                        Descriptions(box, description, track);
                    MovieBox.FinalTables(box, track);
                    box.End();
                    break;
                default:
                    Copy(box, child);
                    break;
            }
        }

        box.End();
    }

    /// <summary>mvhd, tkhd and mdhd begin alike: two dates, a number (tkhd: and 4 bytes of nothing), the duration.</summary>
    private static void Dated(BoxBuilder box, in Box original, long duration)
    {
        var fields = new Fields(original.FullBody.Span);
        var created = fields.Sized(original.Version);
        var modified = fields.Sized(original.Version);
        var number = fields.U32();
        if (original.Type == FourCc.Tkhd)
            fields.Skip(4);
        fields.Sized(original.Version);
        var version = Math.Max(duration, Math.Max(created, modified)) > uint.MaxValue ? 1 : 0;
        box.Begin(original.Type, version, original.Flags);
        box.Sized(version, created);
        box.Sized(version, modified);
        box.U32(number);
        if (original.Type == FourCc.Tkhd)
            box.U32(0);
        box.Sized(version, duration);
        box.Bytes(fields.Rest);
        box.End();
    }

    private static void Copy(BoxBuilder box, in Box child)
    {
        box.Begin(child.Type);
        box.Bytes(child.Body.Span);
        box.End();
    }
}
