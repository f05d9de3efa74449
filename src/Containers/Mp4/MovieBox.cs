namespace Tapedeck.Containers.Mp4;

/// <summary>
/// Writes moov, in two forms:
/// <code>
/// moov
///   mvhd
///   trak..  tkhd [edts/elst] mdia { mdhd hdlr minf { vmhd|smhd|nmhd dinf/dref stbl { stsd, tables } } }
///   [free]  so that the duration in mehd, patched while recording, does not cross a 512-byte line
///   mvex    mehd trex..                 only with fragments: tables and durations are empty then
/// </code>
/// </summary>
internal static class MovieBox
{
    /// <summary>Movie timescale: edits are exact to 1/90000 s.</summary>
    public const uint Timescale = 90000;

    /// <summary>Movie timescale of files for old readers: 32 bits of it are 49 days.</summary>
    public const uint CompatTimescale = 1000;

    /// <summary>Times of creation count seconds from here.</summary>
    public static readonly DateTimeOffset Epoch = new(1904, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static ReadOnlySpan<byte> Matrix =>
    [
        0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0,
    ];

    /// <summary>Converts ticks, to the nearest.</summary>
    public static long Scale(long value, uint from, uint to) => from == to ? value : Divide((Int128)value * to, from);

    /// <summary>The distance <c>a - b</c> of two times in different ticks, in movie ticks, to the nearest.</summary>
    public static long Ticks(long a, uint aTimescale, long b, uint bTimescale, uint movieTimescale) =>
        Divide(((Int128)a * bTimescale - (Int128)b * aTimescale) * movieTimescale, (Int128)aTimescale * bTimescale);

    /// <summary>The moov in front of fragments; returns where the 8 bytes of mehd's duration are in the box.</summary>
    public static int WriteFragmented(BoxBuilder box, IReadOnlyList<WriterTrack> tracks, Mp4WriterOptions options, long fileOffset, long duration)
    {
        box.Begin(FourCc.Moov);
        MovieHeader(box, tracks, options, 0);
        foreach (var track in tracks)
            Track(box, track, options, isFinal: false);

        var position = Extends(box, tracks, fileOffset, duration);
        box.End();
        return position;
    }

    /// <summary>mvex; returns where the 8 bytes of mehd's duration are.</summary>
    /// <param name="box">Lies in the file at <paramref name="fileOffset"/>.</param>
    /// <param name="tracks">All.</param>
    /// <param name="fileOffset">See <paramref name="box"/>.</param>
    /// <param name="duration">So far, in movie ticks.</param>
    public static int Extends(BoxBuilder box, IReadOnlyList<WriterTrack> tracks, long fileOffset, long duration)
    {
        // mvex header, mehd header with version: the number is 20 bytes on.
        if ((fileOffset + box.Position + 20) % 512 > 504)
        {
            box.Begin(FourCc.Free);
            box.End();
        }

        box.Begin(FourCc.Mvex);
        box.Begin(FourCc.Mehd, 1, 0);
        var position = box.Position;
        box.U64((ulong)duration);
        box.End();
        foreach (var track in tracks)
        {
            box.Begin(FourCc.Trex, 0, 0);
            box.U32(track.Id);
            box.U32(1);
            box.Zeros(12);
            box.End();
        }

        box.End();
        return position;
    }

    /// <summary>The moov of a finished file.</summary>
    public static void WriteFinal(BoxBuilder box, IReadOnlyList<WriterTrack> tracks, Mp4WriterOptions options)
    {
        box.Begin(FourCc.Moov);
        MovieHeader(box, tracks, options, Duration(tracks));
        foreach (var track in tracks)
            Track(box, track, options, isFinal: true);
        box.End();
    }

    /// <summary>End of the track that ends last, in movie ticks; messages that come after picture and sound do not make the movie longer.</summary>
    public static long Duration(IReadOnlyList<WriterTrack> tracks)
    {
        // Asked for every fragment: an enumerator of the interface would be allocated.
        long duration = 0;
        for (var i = 0; i < tracks.Count; i++)
            duration = tracks[i].IsData ? duration : Math.Max(duration, tracks[i].EmptyEdit + tracks[i].PresentedTicks);
        return duration;
    }

    private static long Divide(Int128 value, Int128 by) => (long)((value >= 0 ? value + by / 2 : value - by / 2) / by);

    private static void MovieHeader(BoxBuilder box, IReadOnlyList<WriterTrack> tracks, Mp4WriterOptions options, long duration)
    {
        var created = Created(options);
        var version = Version(created, duration);
        box.Begin(FourCc.Mvhd, version, 0);
        box.Sized(version, created);
        box.Sized(version, created);
        box.U32(tracks.Count > 0 ? tracks[0].MovieTimescale : Timescale);
        box.Sized(version, duration);
        box.U32(0x00010000);
        box.U16(0x0100);
        box.Zeros(10);
        box.Bytes(Matrix);
        box.Zeros(24);
        uint next = 0;
        foreach (var track in tracks)
            next = Math.Max(next, track.Id);
        box.U32(next + 1);
        box.End();
    }

    private static void Track(BoxBuilder box, WriterTrack track, Mp4WriterOptions options, bool isFinal)
    {
        var presented = isFinal ? track.PresentedTicks : 0;
        var mediaDuration = isFinal ? track.MediaDuration : 0;
        box.Begin(FourCc.Trak);
        TrackHeader(box, track, Created(options), isFinal ? track.EmptyEdit + presented : 0);
        EditList(box, track, presented);
        box.Begin(FourCc.Mdia);
        var created = Created(options);
        var version = Version(created, mediaDuration);
        box.Begin(FourCc.Mdhd, version, 0);
        box.Sized(version, created);
        box.Sized(version, created);
        box.U32(track.Timescale);
        box.Sized(version, mediaDuration);
        box.U16(0x55C4);
        box.U16(0);
        box.End();
        box.Begin(FourCc.Hdlr, 0, 0);
        box.U32(0);
        box.U32(track.IsVideo ? FourCc.Vide : track.IsData ? FourCc.Meta : FourCc.Soun);
        box.Zeros(12);
        box.Bytes(track.IsVideo ? "VideoHandler\0"u8 : track.IsData ? "DataHandler\0"u8 : "SoundHandler\0"u8);
        box.End();
        MediaInformation(box, track, isFinal);
        box.End();
        box.End();
    }

    private static void TrackHeader(BoxBuilder box, WriterTrack track, long created, long duration)
    {
        var version = Version(created, duration);
        box.Begin(FourCc.Tkhd, version, 3);
        box.Sized(version, created);
        box.Sized(version, created);
        box.U32(track.Id);
        box.U32(0);
        box.Sized(version, duration);
        box.Zeros(8);
        box.U16(0);
        box.U16(0);
        box.U16(track.IsVideo || track.IsData ? 0 : 0x0100);
        box.U16(0);
        box.Bytes(Matrix);

        var (width, height) = track.PresentedSize;
        box.U32((uint)width << 16);
        box.U32((uint)height << 16);
        box.End();
    }

    /// <summary>Duration 0 in a fragmented header means "all that comes".</summary>
    public static void EditList(BoxBuilder box, WriterTrack track, long presented)
    {
        if (track.EmptyEdit == 0 && track.MediaTime == 0)
            return;
        var version = Math.Max(track.EmptyEdit, presented) > uint.MaxValue || track.MediaTime > int.MaxValue ? 1 : 0;
        box.Begin(FourCc.Edts);
        box.Begin(FourCc.Elst, version, 0);
        box.U32(track.EmptyEdit > 0 ? 2u : 1u);
        if (track.EmptyEdit > 0)
        {
            box.Sized(version, track.EmptyEdit);
            box.Sized(version, -1);
            box.U32(0x00010000);
        }

        box.Sized(version, presented);
        box.Sized(version, track.MediaTime);
        box.U32(0x00010000);
        box.End();
        box.End();
    }

    private static void MediaInformation(BoxBuilder box, WriterTrack track, bool isFinal)
    {
        box.Begin(FourCc.Minf);
        if (track.IsVideo)
        {
            box.Begin(FourCc.Vmhd, 0, 1);
            box.Zeros(8);
            box.End();
        }
        else if (track.IsData)
        {
            box.Begin(FourCc.Nmhd, 0, 0);
            box.End();
        }
        else
        {
            box.Begin(FourCc.Smhd, 0, 0);
            box.Zeros(4);
            box.End();
        }

        box.Begin(FourCc.Dinf);
        box.Begin(FourCc.Dref, 0, 0);
        box.U32(1);
        box.Begin(FourCc.Url, 0, 1);
        box.End();
        box.End();
        box.End();
        box.Begin(FourCc.Stbl);
        box.Begin(FourCc.Stsd, 0, 0);
        Descriptions(box, track);
        box.End();
        if (isFinal)
        {
            FinalTables(box, track);
        }
        else
        {
            ReadOnlySpan<uint> empty = [FourCc.Stts, FourCc.Stsc, FourCc.Stsz, FourCc.Stco];
            foreach (var type in empty)
            {
                box.Begin(type, 0, 0);
                box.Zeros(type == FourCc.Stsz ? 8 : 4);
                box.End();
            }
        }

        box.End();
        box.End();
    }

    /// <summary>What stsd holds after version and flags.</summary>
    public static void Descriptions(BoxBuilder box, WriterTrack track)
    {
        box.U32((uint)track.Entries.Count);
        foreach (var entry in track.Entries)
            box.Bytes(entry.Bytes);
    }

    /// <summary>All of stbl but stsd.</summary>
    public static void FinalTables(BoxBuilder box, WriterTrack track)
    {
        track.Tables.WriteTo(box);
        if (track.RollDistance != 0 && track.Tables.Samples > 0)
            RollGroup(box, track.RollDistance, track.Tables.Samples, 1);
    }

    /// <summary>sgpd and sbgp of type roll: all <paramref name="samples"/> need as many samples before them.</summary>
    public static void RollGroup(BoxBuilder box, int distance, uint samples, uint index)
    {
        box.Begin(FourCc.Sgpd, 1, 0);
        box.U32(FourCc.Roll);
        box.U32(2);
        box.U32(1);
        box.U16(distance);
        box.End();
        box.Begin(FourCc.Sbgp, 0, 0);
        box.U32(FourCc.Roll);
        box.U32(1);
        box.U32(samples);
        box.U32(index);
        box.End();
    }

    private static int Version(long created, long duration) => created > uint.MaxValue || duration > uint.MaxValue ? 1 : 0;

    private static long Created(Mp4WriterOptions options) =>
        options.CreationTime is { } time ? Math.Max(0, (long)(time - Epoch).TotalSeconds) : 0;
}
