using System.Buffers.Binary;

namespace Tapedeck.Containers.Mp4;

/// <summary>
/// Opens a file for more frames; the plan leaves it fragmented, and readable after each of its steps.
/// <code>
/// ours, finished        16 bytes at the placeholder (index at the front: 4) uncover the fragmented form; the old index stays behind as padding
/// ours, cut off         what was never committed is cut, a complete last fragment is committed
/// others, fragmented    likewise
/// others, ordinary      ftyp mdat moov            ftyp moov mdat
///   appended              .. moov free{moov'}       moov mdat free{moov'}     moov' is the old one and mvex
///   switched              .. free[     moov']       moov mdat free moov'      two moovs for a moment: readers use the first
///                                                   free mdat free moov'
/// </code>
/// </summary>
internal sealed class Mp4Continuation
{
    private readonly BoxFile _file;
    private readonly Mp4WriterOptions _options;
    private readonly DiskPlan _plan;

    private Mp4Continuation(Stream existing, Mp4WriterOptions options, DiskPlan plan)
    {
        _file = new BoxFile(existing);
        _options = options;
        _plan = plan;
    }

    public static Mp4Writer Open(Stream existing, Mp4WriterOptions options, DiskPlan plan) => new Mp4Continuation(existing, options, plan).Open();

    private Mp4Writer Open()
    {
        var layout = Mp4Layout.Find(_file);
        var isOwn = Mp4Layout.IsOwn(_file);
        if (layout is null)
            return isOwn && HoldsNoMedia() ? StartOver() : throw Refused("it has no moov");
        if (layout.Movie.Tracks.Count == 0)
            throw Refused("it has no tracks");
        if (layout.Movie.Tracks.FirstOrDefault(track => track.MediaEdits > 1) is { } edited)
            throw Refused($"track {edited.Id} is edited from several parts");
        PutBack(_plan, layout);
        var recovery = Mp4Recovery.Read(_file, layout, _options, saves: false);
        if (!layout.Movie.IsFragmented)
            return isOwn && Uncover(layout, recovery) is { } own ? own : Append(layout, recovery);
        if (recovery.Samples == 0 && isOwn)
            return StartOver();
        var older = recovery.ToOlderFile(Settle(_plan, recovery));
        return new Mp4Writer(_options, isOwn && layout.Placeholder is { } placeholder ? WithHeader(older, FindHeader(placeholder.End), layout.Body) : older);
    }

    private static OlderFile WithHeader(OlderFile older, HeaderPlace? place, byte[] body) =>
        place is { } found ? older with { HeaderPlace = found, Header = new MovieTemplate(body) } : older;

    /// <summary>A header of ours, behind those that became padding, and the room behind it: zeros, and no more of them than we reserve.</summary>
    private HeaderPlace? FindHeader(long at)
    {
        if (!_file.TryReadHeader(at, out var header))
            return null;
        if (header is { Type: FourCc.Free, IsWhole: true } && !_file.TryReadHeader(header.End, out header))
            return null;
        if (header.Type != FourCc.Moov || !header.IsWhole)
            return null;
        var end = header.End;
        if (_file.TryReadHeader(end, out var room) && room is { Type: FourCc.Free, IsWhole: true, HeaderLength: 8, Length: <= Mp4Writer.HeaderRoom }
            && _file.ReadBody(room).AsSpan().IndexOfAnyExcept((byte)0) < 0)
        {
            end = room.End;
        }

        return new HeaderPlace(at, header.Length, header.End, end);
    }

    /// <summary>Gives moov its header again, where another recorder stopped after overwriting it.</summary>
    internal static void PutBack(DiskPlan plan, Mp4Layout layout)
    {
        if (layout.Restore is not { } restore)
            return;
        plan.Write(restore.Offset).Add(restore.Bytes);
        plan.Sync();
    }

    /// <summary>Commits the last fragment when it is complete, and cuts what lies behind it; returns the new length.</summary>
    private long Settle(DiskPlan plan, Mp4Recovery recovery)
    {
        var end = recovery.End;
        if (recovery.Hidden is { } hidden)
        {
            Commit(plan, hidden);
            end = hidden.MediaEnd;
        }

        if (end < _file.Length)
            plan.Truncate(end);
        return end;
    }

    internal static void Commit(DiskPlan plan, StoredFragment fragment)
    {
        plan.Sync();
        plan.Write(fragment.Offset).Add(Header(plan, (uint)fragment.HeaderLength, FourCc.Moof));
    }

    /// <summary>Null when the fragmented form is not where we leave it: then the file is treated like one of others.</summary>
    private Mp4Writer? Uncover(Mp4Layout layout, Mp4Recovery recovery)
    {
        if (!_file.TryReadHeader(Mp4Writer.PlaceholderOffset, out var cover) || layout.End != _file.Length)
            return null;
        long reserved;
        Memory<byte> bytes;
        if (cover.Type == FourCc.Mdat && cover.End == layout.Moov.Offset)
        {
            reserved = Mp4Writer.PlaceholderLength;
            bytes = _plan.Scratch(16);
            bytes.Span.Clear();
        }
        else if (cover is { Type: FourCc.Free, Length: 8 } && layout.Moov.Offset == cover.End && FindMedia(layout.Moov.End) is { } media)
        {
            reserved = media.Offset + media.HeaderLength - Mp4Writer.PlaceholderOffset;
            bytes = _plan.Scratch(4);
        }
        else
        {
            return null;
        }

        var headerAt = Mp4Writer.PlaceholderOffset + reserved;
        if (reserved > uint.MaxValue || FindHeader(headerAt) is not { } place || !_file.TryReadHeader(place.End - place.Length, out var header))
            return null;
        var body = _file.ReadBody(header);
        var old = MovieReader.Read(body);
        var (durationAt, isShort) = Mp4Layout.FindDuration(body, header.Offset + header.HeaderLength);
        if (!old.IsFragmented || durationAt == 0 || !old.Tracks.Select(track => track.Id).SequenceEqual(layout.Movie.Tracks.Select(track => track.Id)))
            return null;
        BinaryPrimitives.WriteUInt32BigEndian(bytes.Span, (uint)reserved);
        if (bytes.Length > 4)
            BinaryPrimitives.WriteUInt32BigEndian(bytes.Span[4..], FourCc.Free);
        _plan.Write(Mp4Writer.PlaceholderOffset).Add(bytes);
        _plan.Sync();
        return new Mp4Writer(_options, recovery.ToOlderFile(_file.Length) with
        {
            Header = new MovieTemplate(body),
            HeaderPlace = place,
            DurationAt = durationAt,
            DurationIsShort = isShort,
            CoverAt = Mp4Writer.PlaceholderOffset,
            Reserved = reserved,
        });
    }

    private FileBox? FindMedia(long offset)
    {
        if (_file.TryReadHeader(offset, out var box) && box.Type == FourCc.Free && _file.TryReadHeader(box.End, out var next))
            box = next;
        return box.Type == FourCc.Mdat && box.IsWhole && box.End == _file.Length ? box : null;
    }

    private Mp4Writer Append(Mp4Layout layout, Mp4Recovery recovery)
    {
        var moov = layout.Moov;
        if (layout.Open is { } open)
        {
            if (open.HeaderLength != 8 || open.Length > uint.MaxValue)
                throw Refused($"its last box, {FourCc.Text(open.Type)} at offset {open.Offset}, has no size and no room for one");
            _plan.Write(open.Offset).Add(Header(_plan, (uint)open.Length, open.Type)[..4]);
            _plan.Sync();
        }

        // What follows the last whole box holds no sample: they are all inside.
        if (layout.End < _file.Length)
            _plan.Truncate(layout.End);
        var box = new BoxBuilder();

        // Both headers and both patches below then lie within one sector each.
        if ((layout.End + 8) % 512 is < 8 or > 496)
        {
            box.Begin(FourCc.Free);
            box.Zeros(16);
            box.End();
        }

        var freeAt = layout.End + box.Position;
        box.Begin(FourCc.Free);
        var headerAt = layout.End + box.Position;
        box.Begin(FourCc.Moov);
        box.Bytes(layout.Body);
        var durationAt = layout.End + MovieBox.Extends(box, recovery.Tracks, layout.End, MovieBox.Duration(recovery.Tracks));
        box.End();
        box.End();
        box.AddTo(_plan, _plan.Write(layout.End));
        _plan.Sync();
        if (!layout.HasMediaBehind && moov.Offset % 512 <= 504 && headerAt - moov.Offset <= uint.MaxValue)
        {
            // One write: the old moov becomes padding up to the new one.
            _plan.Write(moov.Offset).Add(Header(_plan, (uint)(headerAt - moov.Offset), FourCc.Free));
        }
        else
        {
            _plan.Write(freeAt).Add(Header(_plan, 8, FourCc.Free)[..4]);
            _plan.Sync();
            _plan.Write(moov.Offset + 4).Add(Header(_plan, 0, FourCc.Free)[4..]);
        }

        _plan.Sync();
        return new Mp4Writer(_options, recovery.ToOlderFile(layout.End + box.Position) with
        {
            DurationAt = durationAt,
            DurationIsShort = false,
            CoverAt = headerAt,
            Reserved = 0,
        });
    }

    /// <summary>Not one fragment was committed: nothing is lost by writing the file anew.</summary>
    private Mp4Writer StartOver()
    {
        _plan.Clear();
        _plan.Truncate(0);
        return new Mp4Writer(_options);
    }

    /// <summary>A file of ours that was torn in its first write: there is nothing behind its first boxes.</summary>
    private bool HoldsNoMedia()
    {
        if (!_file.TryReadHeader(Mp4Writer.PlaceholderOffset, out var placeholder))
            return true;
        return placeholder.Type == FourCc.Free
            && (!_file.TryReadHeader(placeholder.End, out var moov) || (moov.Type is FourCc.Moov or 0 && !(moov.IsWhole && moov.Type != 0)));
    }

    private static Memory<byte> Header(DiskPlan plan, uint size, uint type)
    {
        var header = plan.Scratch(8);
        BinaryPrimitives.WriteUInt32BigEndian(header.Span, size);
        BinaryPrimitives.WriteUInt32BigEndian(header.Span[4..], type);
        return header;
    }

    private static ContainerFormatException Refused(string because) => new($"The MP4 file cannot be continued: {because}.");
}
