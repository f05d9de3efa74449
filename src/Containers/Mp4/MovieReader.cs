using System.Buffers.Binary;
using Tapedeck.Media;

namespace Tapedeck.Containers.Mp4;

/// <summary>
/// Reads moov. Walks a fixed path, so depth is bounded by construction; takes no count at its word:
/// <code>
/// moov
///   mvhd
///   trak..  tkhd, edts/elst, mdia { mdhd hdlr minf/stbl { stsd stts ctts stss stsc stsz|stz2 stco|co64 } }
///   mvex    mehd, trex..
/// </code>
/// </summary>
internal static class MovieReader
{
    private const int MaxTracks = 256;

    public static Movie Read(ReadOnlyMemory<byte> moov)
    {
        var children = new Boxes(moov);
        var (timescale, duration) = children.TryFind(FourCc.Mvhd, out var header) ? Times(header) : (0, 0);
        if (timescale == 0)
            throw new ContainerFormatException("moov has no mvhd with a timescale.");
        var tracks = new List<MovieTrack>();
        foreach (var box in children)
        {
            if (box.Type == FourCc.Trak && tracks.Count < MaxTracks && Track(box) is { } track)
                tracks.Add(track);
        }

        var fragmented = children.TryFind(FourCc.Mvex, out var extends);
        if (fragmented)
        {
            foreach (var box in extends.Children())
            {
                if (box.Type == FourCc.Mehd)
                    duration = Math.Max(duration, new Fields(box.FullBody.Span).Sized(box.Version));
                else if (box.Type == FourCc.Trex)
                    Defaults(box, tracks);
            }
        }

        return new Movie { Timescale = timescale, Created = Created(header), Duration = Math.Max(0, duration), IsFragmented = fragmented, Tracks = tracks };
    }

    /// <summary>creation_time of mvhd, in seconds; 0, and what no calendar knows, is none.</summary>
    private static DateTimeOffset? Created(in Box header)
    {
        var seconds = new Fields(header.FullBody.Span).Sized(header.Version);
        return seconds > 0 && seconds < (DateTimeOffset.MaxValue - MovieBox.Epoch).TotalSeconds ? MovieBox.Epoch.AddSeconds(seconds) : null;
    }

    /// <summary>Timescale and duration of mvhd or mdhd, which begin alike.</summary>
    private static (uint Timescale, long Duration) Times(in Box box)
    {
        var fields = new Fields(box.FullBody.Span);
        fields.Skip(box.Version == 1 ? 16 : 8);
        var timescale = fields.U32();
        var duration = fields.Sized(box.Version);

        // All ones means unknown.
        return fields.Failed ? (0, 0) : (timescale, box.Version == 0 && duration == uint.MaxValue ? 0 : Math.Max(0, duration));
    }

    private static MovieTrack? Track(in Box trak)
    {
        var track = new MovieTrack();
        if (!trak.Children().TryFind(FourCc.Tkhd, out var header)
            || !trak.Children().TryFind(FourCc.Mdia, out var media)
            || !media.Children().TryFind(FourCc.Mdhd, out var mediaHeader)
            || !media.Children().TryFind(FourCc.Minf, out var information)
            || !information.Children().TryFind(FourCc.Stbl, out var table))
        {
            return null;
        }

        var fields = new Fields(header.FullBody.Span);
        fields.Skip(header.Version == 1 ? 16 : 8);
        track.Id = fields.U32();
        (track.Timescale, track.MediaDuration) = Times(mediaHeader);
        if (track.Id is 0 or > int.MaxValue || track.Timescale is 0 or > int.MaxValue)
            return null;
        track.Kind = TrackKind.Data;
        if (media.Children().TryFind(FourCc.Hdlr, out var handler) && handler.Body.Length >= 12)
        {
            track.Kind = BinaryPrimitives.ReadUInt32BigEndian(handler.Body.Span[8..]) switch
            {
                FourCc.Vide => TrackKind.Video,
                FourCc.Soun => TrackKind.Audio,
                _ => TrackKind.Data,
            };
        }

        if (trak.Children().TryFind(FourCc.Edts, out var edits) && edits.Children().TryFind(FourCc.Elst, out var list))
            EditList(list, track);
        foreach (var box in table.Children())
            Table(box, track);
        if (track.Entries.Length == 0)
            track.Entries = [SampleEntryReader.Unknown(track)];
        return track;
    }

    /// <summary>Empty edits, then the first edit with media. More edits would need decoding to be honoured: they are passed over.</summary>
    private static void EditList(in Box list, MovieTrack track)
    {
        var fields = new Fields(list.FullBody.Span);
        var count = fields.U32();
        for (uint i = 0; i < count; i++)
        {
            var duration = fields.Sized(list.Version);
            var time = list.Version == 1 ? fields.I64() : (int)fields.U32();
            fields.Skip(4);
            if (fields.Failed)
                return;
            if (time < 0 && track.MediaEdits > 0)
                continue;
            if (time < 0)
            {
                track.EmptyEdit = Math.Clamp(track.EmptyEdit + Math.Clamp(duration, 0, 1L << 48), 0, 1L << 48);
                continue;
            }

            if (track.MediaEdits++ > 0)
                continue;
            track.HasEditList = true;
            track.MediaTime = Math.Min(time, 1L << 60);
            track.EditDuration = Math.Max(0, duration);
        }
    }

    private static void Table(in Box box, MovieTrack track)
    {
        var tables = track.Tables;
        var body = box.FullBody;

        // Most tables are a count, then entries; what the count promises beyond the box is not there.
        var entries = body.Length >= 4 ? body[4..] : default;
        var count = body.Length >= 4 ? BinaryPrimitives.ReadUInt32BigEndian(body.Span) : 0;
        switch (box.Type)
        {
            case FourCc.Stsd:
                Descriptions(entries, track);
                break;
            case FourCc.Stts:
                tables.Durations = Cut(entries, count, 8);
                break;
            case FourCc.Ctts:
                tables.Offsets = Cut(entries, count, 8);
                break;
            case FourCc.Stss:
                tables.Keys = Cut(entries, count, 4);
                tables.HasKeys = true;
                break;
            case FourCc.Stsc:
                tables.Chunks = Cut(entries, count, 12);
                break;
            case FourCc.Stco or FourCc.Co64:
                tables.IsWide = box.Type == FourCc.Co64;
                tables.ChunkOffsets = Cut(entries, count, tables.IsWide ? 8 : 4);
                break;
            case FourCc.Stsz:
                tables.ConstantSize = count;
                tables.Samples = entries.Length >= 4 ? BinaryPrimitives.ReadUInt32BigEndian(entries.Span) : 0;
                tables.Sizes = count == 0 && entries.Length >= 4 ? Cut(entries[4..], tables.Samples, 4) : default;
                if (count == 0)
                    tables.Samples = (uint)(tables.Sizes.Length / 4);
                break;
            case FourCc.Stz2 when entries.Length >= 4:
                CompactSizes(entries, (int)(count & 255), tables);
                break;
        }
    }

    /// <summary>stz2 holds 4, 8 or 16 bits a size; rare, so it is unfolded once.</summary>
    private static void CompactSizes(ReadOnlyMemory<byte> entries, int width, SampleTableData tables)
    {
        if (width is not (4 or 8 or 16))
            return;
        var packed = entries.Span[4..];
        var samples = (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(entries.Span), (uint)Math.Min((long)packed.Length * 8 / width, int.MaxValue / 8));
        var sizes = new byte[samples * 4];
        for (var i = 0; i < samples; i++)
        {
            var size = width switch
            {
                4 => (i & 1) == 0 ? packed[i / 2] >> 4 : packed[i / 2] & 15,
                8 => packed[i],
                _ => BinaryPrimitives.ReadUInt16BigEndian(packed[(i * 2)..]),
            };
            BinaryPrimitives.WriteInt32BigEndian(sizes.AsSpan(i * 4), size);
        }

        tables.Sizes = sizes;
        tables.Samples = (uint)samples;
        tables.ConstantSize = 0;
    }

    private static void Descriptions(ReadOnlyMemory<byte> entries, MovieTrack track)
    {
        var found = new List<Track>();
        var bytes = new List<ReadOnlyMemory<byte>>();
        var at = 0;
        foreach (var entry in new Boxes(entries))
        {
            if (found.Count == MaxTracks)
                break;
            found.Add(SampleEntryReader.Read(entry, track));
            bytes.Add(entries.Slice(at, entry.Body.Length + 8));
            at += entry.Body.Length + 8;
        }

        (track.Entries, track.EntryBytes) = ([.. found], [.. bytes]);
    }

    private static void Defaults(in Box box, List<MovieTrack> tracks)
    {
        var fields = new Fields(box.FullBody.Span);
        var id = fields.U32();
        if (tracks.Find(t => t.Id == id) is not { } track)
            return;
        track.DefaultEntry = fields.U32();
        track.DefaultDuration = fields.U32();
        track.DefaultSize = fields.U32();
        track.DefaultFlags = fields.U32();
    }

    private static ReadOnlyMemory<byte> Cut(ReadOnlyMemory<byte> entries, uint count, int size) =>
        entries[..(int)(Math.Min(count, entries.Length / size) * size)];
}
