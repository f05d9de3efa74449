using System.Buffers.Binary;

namespace Tapedeck.Containers.Mp4;

/// <summary>
/// Where the parts of a file are that a reader would use, up to the first fragment:
/// <code>
/// [ftyp] [free: placeholder] moov (with mvex) moof..        fragmented
/// [ftyp] mdat.. moov | moov mdat..                          ordinary
/// [ftyp] [free] mdat{ old moov without its header, moof.. } bare: stopped between the two writes that finish other recorders' files; no reader finds
///                                                           a moov, so its header is put back first
/// </code>
/// </summary>
internal sealed class Mp4Layout
{
    private readonly BoxFile _file;

    private Mp4Layout(BoxFile file) => _file = file;

    /// <summary>The moov that readers use: the first one.</summary>
    public FileBox Moov { get; private set; }

    public byte[] Body { get; private set; } = [];

    public required Movie Movie { get; init; }

    /// <summary>A free box before moov, with nothing but padding between, that has room for a header of 16 bytes: the first of them.</summary>
    public FileBox? Placeholder { get; private init; }

    /// <summary>What to write where, before anything else, so that readers find moov again.</summary>
    public (long Offset, byte[] Bytes)? Restore { get; private init; }

    /// <summary>An mdat comes after moov: it must not be covered before the new moov is there.</summary>
    public bool HasMediaBehind { get; private set; }

    /// <summary>The last box says that it reaches to the end of the file: it must be given its size before anything can be appended.</summary>
    public FileBox? Open { get; private set; }

    /// <summary>Ordinary files: behind the last whole box.</summary>
    public long End { get; private set; }

    /// <summary>Offset of the header that will become the mdat over the fragmented form.</summary>
    public long CoverAt => Placeholder?.Offset ?? Moov.Offset;

    /// <summary>Null when there is no moov, nor what is left of one.</summary>
    public static Mp4Layout? Find(BoxFile file)
    {
        FileBox? moov = null, free = null, placeholder = null, open = null;
        var media = new List<FileBox>();
        var hasMediaBehind = false;
        long offset = 0;
        while (file.TryReadHeader(offset, out var box) && box.Type != 0)
        {
            if (box.Type == FourCc.Moof && moov is not null)
                break;
            if (box.Type == FourCc.Moov && box.IsWhole && moov is null)
                (moov, placeholder) = (box, free);
            if (box.Type == FourCc.Mdat && media.Count < 64)
                media.Add(box);
            hasMediaBehind |= box.Type == FourCc.Mdat && moov is not null;
            if (!box.IsWhole)
                break;
            open = box.IsOpen ? box : null;
            free = box.Type != FourCc.Free ? null : free ?? (IsPlaceholder(box) ? box : null);
            offset = box.End;
        }

        if (moov is not { } found)
            return media.Select(box => FindBare(file, box)).FirstOrDefault(layout => layout is not null);
        var body = file.ReadBody(found);
        return new Mp4Layout(file)
        {
            Moov = found,
            Body = body,
            Movie = MovieReader.Read(body),
            Placeholder = placeholder,
            HasMediaBehind = hasMediaBehind,
            Open = open,
            End = offset,
        };
    }

    /// <summary>Where the number of mehd is in the file, and whether it has only 32 bits; offset 0 when there is none.</summary>
    public (long Offset, bool IsShort) FindDuration() => FindDuration(Body, Moov.Offset + Moov.HeaderLength);

    /// <inheritdoc cref="FindDuration()"/>
    public static (long Offset, bool IsShort) FindDuration(byte[] moov, long bodyAt)
    {
        foreach (var extends in new Boxes(moov))
        {
            if (extends.Type != FourCc.Mvex || !extends.Children().TryFind(FourCc.Mehd, out var duration))
                continue;
            var isShort = duration.Version == 0;
            if (duration.Body.Length >= (isShort ? 8 : 12)
                && System.Runtime.InteropServices.MemoryMarshal.TryGetArray(duration.Body, out var place))
            {
                return (bodyAt + place.Offset + 4, isShort);
            }
        }

        return default;
    }

    /// <summary>True when the file begins as ours do, or would if it were longer.</summary>
    public static bool IsOwn(BoxFile file)
    {
        var found = new byte[Math.Min(Mp4Writer.PlaceholderOffset - 4, file.Length)];
        file.Read(0, found);
        return Begins(found, isCompat: false) || Begins(found, isCompat: true);

        static bool Begins(byte[] found, bool isCompat)
        {
            var own = new BoxBuilder();
            Mp4Writer.WriteFileType(own, hasAv1: false, isCompat);
            return own.Written.StartsWith(found);
        }
    }

    /// <summary>All samples that the tables name are in the file.</summary>
    public bool HoldsAllSamples()
    {
        foreach (var track in Movie.Tracks)
        {
            var cursor = new TableCursor(track.Tables, track.Kind == Media.TrackKind.Audio);
            uint samples = 0;
            while (cursor.TryNext(out var run))
            {
                if (!IsInside(_file, run))
                    return false;
                samples += run.Count;
            }

            if (samples < track.Tables.Samples)
                return false;
        }

        return true;
    }

    /// <summary>A count is only believed when the file holds that many samples.</summary>
    public static bool IsInside(BoxFile file, in SampleRun run) =>
        run.Offset >= 0 && run.Offset <= file.Length && (run.Size == 0 ? run.Count <= 1 : run.Count <= (file.Length - run.Offset) / run.Size);

    private static bool IsPlaceholder(in FileBox box) =>
        box.Length >= Mp4Writer.PlaceholderLength && box.HeaderLength == 8 && !box.IsOpen && box.Offset % 512 <= 496;

    private static Mp4Layout? FindBare(BoxFile file, in FileBox media)
    {
        // A placeholder of 16 bytes that became mdat, with moov whole behind it.
        if (file.TryReadHeader(media.Offset + Mp4Writer.PlaceholderLength, out var moov) && moov.Type == FourCc.Moov && moov.IsWhole)
        {
            var placeholder = new FileBox(FourCc.Free, media.Offset, 8, Mp4Writer.PlaceholderLength, true);
            return Bare(file, moov, placeholder, media.Offset, [0, 0, 0, 16, .. "free"u8, .. new byte[8]]);
        }

        // The header of moov itself became mdat (beyond 4 GiB together with 8 bytes of free before it): its length is that of its children.
        var at = media.Offset + media.HeaderLength;
        if (!file.TryReadHeader(at, out var first) || first.Type != FourCc.Mvhd)
            return null;
        while (file.TryReadHeader(at, out var child) && child.IsWhole && !EndsMoov(child.Type))
            at = child.End;
        var start = media.Offset + media.HeaderLength - 8;
        if (at - start > uint.MaxValue)
            return null;
        var header = new byte[16];
        BinaryPrimitives.WriteUInt32BigEndian(header, 8);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(4), FourCc.Free);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(8), (uint)(at - start));
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(12), FourCc.Moov);
        moov = new FileBox(FourCc.Moov, start, 8, at - start, true);
        return Bare(file, moov, null, media.Offset, media.HeaderLength == 16 ? header : header[8..]);
    }

    private static bool EndsMoov(uint type) => type is FourCc.Moof or FourCc.Mdat or FourCc.Styp or FourCc.Sidx or FourCc.Moov or FourCc.Mfra or 0;

    private static Mp4Layout? Bare(BoxFile file, in FileBox moov, FileBox? placeholder, long at, byte[] bytes)
    {
        var body = file.ReadBody(moov);
        var movie = MovieReader.Read(body);
        return movie.IsFragmented
            ? new Mp4Layout(file) { Moov = moov, Body = body, Movie = movie, Placeholder = placeholder, Restore = (at, bytes), End = moov.End }
            : null;
    }
}
