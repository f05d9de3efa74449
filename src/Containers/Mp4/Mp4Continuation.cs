using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Tapedeck.Containers.Mp4;

/// <summary>
/// Opens a file of ours for more frames. Finished: its tables are read from the index at the end, and 16 bytes make it the fragmented form again; the
/// old index stays behind as padding. Cut off: its tables are read from the fragments, and what was never committed is cut.
/// <code>
///   0  ftyp (36)
///  36  free (16) | mdat (finished)
///  52  moov with mvex
///      moof mdat ..  [free: an index of earlier, or nothing of value at the end]
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
        CheckFileType();
        if (!_file.TryReadHeader(Mp4Writer.HeaderOffset, out var header) || (header.Type == FourCc.Moov && !header.IsWhole))
            return StartOver();
        if (header.Type != FourCc.Moov)
            throw Foreign($"there is no moov at offset {Mp4Writer.HeaderOffset}");
        var body = _file.ReadBody(header);
        var movie = MovieReader.Read(body);
        if (!movie.IsFragmented || movie.Timescale != MovieBox.Timescale)
            throw Foreign("its header is not that of a file being recorded");
        var durationOffset = Mp4Writer.HeaderOffset + header.HeaderLength + FindDuration(body);
        if (!_file.TryReadHeader(Mp4Writer.PlaceholderOffset, out var placeholder))
            return StartOver();
        if (placeholder.Type == FourCc.Free && placeholder.Length == 16)
            return Torn(movie, header.End, durationOffset);
        if (placeholder.Type == FourCc.Mdat)
            return Finished(movie, placeholder, durationOffset);
        throw Foreign($"there is {FourCc.Text(placeholder.Type)} where free or mdat belongs");
    }

    private Mp4Writer Finished(Movie header, in FileBox media, long durationOffset)
    {
        if (!_file.TryReadHeader(media.End, out var index) || index.Type != FourCc.Moov || !index.IsWhole || index.End != _file.Length)
            throw Foreign($"its index is not where mdat ends, at offset {media.End}");
        var movie = MovieReader.Read(_file.ReadBody(index));
        var tracks = Tracks(movie);
        if (tracks.Count != header.Tracks.Count)
            throw Foreign("header and index have different tracks");
        uint chunks = 0;
        for (var i = 0; i < tracks.Count; i++)
            chunks += RestoreFromTables(tracks[i], movie.Tracks[i].Tables);
        var placeholder = _plan.Scratch(16);
        placeholder.Span.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(placeholder.Span, 16);
        BinaryPrimitives.WriteUInt32BigEndian(placeholder.Span[4..], FourCc.Free);
        _plan.Write(Mp4Writer.PlaceholderOffset).Add(placeholder);
        _plan.Sync();

        // Fragment numbers only have to grow, and no fragment has given less than one chunk.
        return new Mp4Writer(_options, tracks, chunks, durationOffset, _file.Length);
    }

    private Mp4Writer Torn(Movie movie, long offset, long durationOffset)
    {
        var tracks = Tracks(movie);
        var reader = new FragmentReader(movie);
        var runs = new List<SampleRun>[tracks.Count];
        for (var i = 0; i < runs.Length; i++)
            runs[i] = [];
        var end = offset;
        var any = false;
        while (_file.TryReadHeader(offset, out var box) && box.IsWhole)
        {
            offset = box.End;
            if (box.Type != FourCc.Moof)
                continue;
            if (!_file.TryReadHeader(box.End, out var media) || media.Type != FourCc.Mdat || !media.IsWhole)
                break;
            reader.Read(_file.ReadBody(box), box.Offset, (track, run) => runs[track].Add(run));
            for (var i = 0; i < runs.Length; i++)
                RestoreChunk(tracks[i], runs[i]);
            offset = end = media.End;
            any = true;
        }

        if (!any)
            return StartOver();
        if (end < _file.Length)
            _plan.Truncate(end);
        return new Mp4Writer(_options, tracks, reader.Sequence, durationOffset, end);
    }

    /// <summary>Not one fragment was committed: nothing is lost by writing the file anew.</summary>
    private Mp4Writer StartOver()
    {
        _plan.Truncate(0);
        return new Mp4Writer(_options);
    }

    /// <summary>Every file of ours begins with the same bytes but for the last brand; a shorter one was torn in its first write.</summary>
    private void CheckFileType()
    {
        var own = new BoxBuilder();
        Mp4Writer.WriteFileType(own, hasAv1: false);
        var expected = own.Written[..^4];
        var found = new byte[Math.Min(expected.Length, _file.Length)];
        _file.Read(0, found);
        if (!expected.StartsWith(found))
            throw Foreign("its ftyp is another");
    }

    private static List<WriterTrack> Tracks(Movie movie)
    {
        var tracks = new List<WriterTrack>();
        foreach (var info in movie.Tracks)
        {
            var track = new WriterTrack(info.Entries[0]);
            if (!SampleEntry.CanDescribe(track.Track) || info.FirstEntry.IsEmpty)
                throw Foreign($"track {info.Id} is none that this host writes");
            track.Restore(info.FirstEntry.ToArray(), info.EmptyEdit, info.MediaTime);
            tracks.Add(track);
        }

        return tracks;
    }

    private uint RestoreFromTables(WriterTrack track, SampleTableData tables)
    {
        var cursor = new TableCursor(tables, isPcm: track.SampleSize > 0);
        uint chunk = 0, samples = 0;
        long offset = 0;
        while (cursor.TryNext(out var run))
        {
            if (cursor.Chunk != chunk)
            {
                if (samples > 0)
                    track.Tables.AddChunk(offset, samples);
                (chunk, samples, offset) = (cursor.Chunk, 0, run.Offset);
            }

            CheckInside(run);
            samples += run.Count;
            track.RestoreSamples(run);
        }

        if (samples > 0)
            track.Tables.AddChunk(offset, samples);
        return chunk;
    }

    private void RestoreChunk(WriterTrack track, List<SampleRun> runs)
    {
        if (runs.Count == 0)
            return;
        uint samples = 0;
        foreach (var run in runs)
        {
            CheckInside(run);
            samples += run.Count;
            track.RestoreSamples(run);
        }

        track.Tables.AddChunk(runs[0].Offset, samples);
        runs.Clear();
    }

    /// <summary>A count is only believed when the file holds that many samples.</summary>
    private void CheckInside(in SampleRun run)
    {
        if (run.Size <= 0 || run.Offset < 0 || run.Offset > _file.Length || run.Count > (_file.Length - run.Offset) / run.Size)
            throw Foreign($"samples at offset {run.Offset} reach beyond its end");
    }

    /// <summary>Where the 64 bits of mehd's duration are in the body of moov.</summary>
    private static int FindDuration(byte[] moov)
    {
        if (new Boxes(moov).TryFind(FourCc.Mvex, out var extends)
            && extends.Children().TryFind(FourCc.Mehd, out var duration)
            && duration.Version == 1
            && duration.Body.Length == 12
            && MemoryMarshal.TryGetArray(duration.Body, out var place))
        {
            return place.Offset + 4;
        }

        throw Foreign("its header has no mehd of version 1");
    }

    private static ContainerFormatException Foreign(string because) => new($"Not an MP4 file that this host wrote, cannot be continued: {because}.");
}
