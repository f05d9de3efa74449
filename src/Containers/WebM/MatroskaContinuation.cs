using Tapedeck.Media;

namespace Tapedeck.Containers.WebM;

/// <summary>
/// Opens a file of ours for more frames. Finished: the index is read from its Cues, which are cut off. Cut off in mid-recording: the index is read from
/// the block headers, and what was never committed is cut.
/// </summary>
internal sealed class MatroskaContinuation
{
    private readonly EbmlFile _file;
    private readonly DiskPlan _plan;
    private MatroskaWriterOptions _options;
    private bool _hasSeekHead;

    private MatroskaContinuation(Stream existing, MatroskaWriterOptions options, DiskPlan plan)
    {
        _file = new EbmlFile(existing);
        _options = options;
        _plan = plan;
    }

    public static MatroskaWriter Open(Stream existing, MatroskaWriterOptions options, DiskPlan plan) =>
        new MatroskaContinuation(existing, options, plan).Open();

    private MatroskaWriter Open()
    {
        if (IsTornStart())
            return StartOver();
        var segment = SegmentHeader.Read(_file);
        _options = _options with { DocType = segment.DocType == "webm" ? MatroskaDocType.WebM : MatroskaDocType.Matroska };
        var header = Locate(segment);
        foreach (var track in segment.Tracks)
        {
            if (!TrackEntry.CanDescribe(track.Track, _options.DocType) || track.Prefix.Length > 0)
                throw Foreign($"track {track.Number} is none that this host writes");
        }

        var index = new CueIndex();
        try
        {
            var (end, length) = segment.IsFinished ? Finished(segment, index) : Torn(segment, index);
            if (end < 0)
            {
                index.Dispose();
                return StartOver();
            }

            // Also when only SeekHead was written: it must not point to what is cut off.
            if (segment.End != long.MaxValue || _hasSeekHead)
                header.PatchUnfinished(_plan);
            if (length < _file.Length)
            {
                _plan.Sync();
                _plan.Truncate(length);
            }

            return new MatroskaWriter(_options, header, segment.Tracks.Select(track => track.Track), index, end, length);
        }
        catch
        {
            index.Dispose();
            throw;
        }
    }

    private (long End, long Length) Finished(SegmentHeader segment, CueIndex index)
    {
        var cues = segment.Cues!.Value;
        if (cues.End != _file.Length || segment.End != _file.Length)
            throw Foreign($"Cues at offset {cues.Offset} are not its end");
        for (var points = new Elements(_file.ReadBody(cues)); points.MoveNext();)
        {
            if (points.Id != ElementId.CuePoint)
                continue;
            ulong time = 0, cluster = ulong.MaxValue, relative = 0;
            for (var elements = new Elements(points.Body); elements.MoveNext();)
            {
                if (elements.Id == ElementId.CueTime)
                    time = Ebml.Number(elements.Body);
                if (elements.Id != ElementId.CueTrackPositions)
                    continue;
                for (var positions = new Elements(elements.Body); positions.MoveNext();)
                {
                    if (positions.Id == ElementId.CueClusterPosition)
                        cluster = Ebml.Number(positions.Body);
                    else if (positions.Id == ElementId.CueRelativePosition)
                        relative = Ebml.Number(positions.Body);
                }
            }

            if (cluster > (ulong)cues.Offset || relative > HiddenElement.MaxSize || time >= 1UL << 40)
                throw Foreign($"Cues at offset {cues.Offset} point beyond its end");
            index.Add((long)time, (long)cluster, (long)relative, 0);
        }

        return ((long)Math.Clamp(segment.Duration * MatroskaHeader.Scale, 0, long.MaxValue / 4), cues.Offset);
    }

    /// <summary>End -1: not one cluster was committed.</summary>
    private (long End, long Length) Torn(SegmentHeader segment, CueIndex index)
    {
        var ends = new FileEnds(segment);
        var first = segment.Tracks[0];
        var (length, lastCue) = (-1L, long.MinValue / 2);
        var at = segment.FirstCluster;
        while (_file.TryReadHeader(at, out var element) && _file.IsWhole(element) && element.Id is ElementId.Cluster or ElementId.Void)
        {
            at = element.End;
            if (element.Id == ElementId.Void)
            {
                // Part of what was committed when it makes room to the next sector; else it is a fragment that was not.
                if (length == element.Offset && HiddenElement.Pad(length) == element.End - element.Offset)
                    length = element.End;
                continue;
            }

            length = element.End;
            for (var cursor = new BlockCursor(_file, element.Offset, element.End); cursor.TryNext(out var block);)
            {
                ends.Note(block);
                var isVideo = first.Track.Kind == TrackKind.Video;
                if (block.Number != first.Number || (!block.IsKey && index.Count > 0) || (!isVideo && block.Time < lastCue + 1000))
                    continue;
                index.Add(block.Time, element.Offset - segment.Body, block.Offset - element.Body, 0);
                lastCue = block.Time;
            }
        }

        if (!IsCut(at))
            throw Foreign($"there is something at offset {at} that may not be cut off");

        // Without that padding the next commit would lie in two sectors.
        if (length >= 0 && HiddenElement.Pad(length) > 0)
            throw Foreign($"a cluster ends at offset {length}, where none of this host does");
        return length < 0 ? (-1, 0) : (Math.Max(0, ends.Nanoseconds), length);
    }

    /// <summary>Whether nothing of value begins here: a fragment that was not committed, an index, or what a power cut leaves.</summary>
    private bool IsCut(long at)
    {
        if (at >= _file.Length - 16 || _file.Peek(at, 16).IndexOfAnyExcept((byte)0) < 0)
            return true;
        if (!_file.TryReadHeader(at, out var element) || !_file.IsWhole(element) || !ElementId.IsAboveClusterChildren(element.Id))
            return true;
        return element.Id == ElementId.Cues && element.End == _file.Length;
    }

    private MatroskaWriter StartOver()
    {
        _plan.Truncate(0);
        return new MatroskaWriter(_options);
    }

    /// <summary>A file that ends in our header was torn in its first write; nothing is lost by writing it anew.</summary>
    private bool IsTornStart()
    {
        const int LargestHeader = 65536;
        foreach (var type in Enum.GetValues<MatroskaDocType>())
        {
            var ebml = new EbmlBuilder();
            var body = (int)MatroskaHeader.Write(ebml, _options with { DocType = type }, []).Body;
            var own = ebml.Written[..(body - 8)];
            if (!own.StartsWith(_file.Peek(0, own.Length)))
                continue;
            FileElement element;
            long at = body;
            while (_file.TryReadHeader(at, out element) && _file.IsWhole(element) && element.Id != ElementId.Tracks)
                at = element.End;
            return _file.Length < LargestHeader && (at > _file.Length - 12 || !_file.IsWhole(element));
        }

        return false;
    }

    /// <summary>Where the places are that change.</summary>
    private MatroskaHeader Locate(SegmentHeader segment)
    {
        if (segment.MuxingApp != MatroskaHeader.MuxingApp || segment.Scale != MatroskaHeader.Scale || segment.Tracks.Count == 0)
            throw Foreign("its Info is another");
        if (_file.Peek(segment.Body - 8, 1) is not [1] || segment.Info is not { } info || segment.TracksElement is not { } tracks)
            throw Foreign("its Segment is another");
        if (!_file.TryReadHeader(segment.Body, out var room) || room.Id is not (ElementId.Void or ElementId.SeekHead)
            || room.End != segment.Body + MatroskaHeader.SeekRoom || info.Offset != room.End)
        {
            throw Foreign("there is no room for SeekHead");
        }

        _hasSeekHead = room.Id == ElementId.SeekHead;

        // TimestampScale, then Duration or its room.
        var at = info.Body + 7;
        if (info.Body - info.Offset != 8 || !_file.TryReadHeader(at, out var duration) || duration.Id is not (ElementId.Void or ElementId.Duration)
            || duration.End - duration.Offset != MatroskaHeader.DurationRoom)
        {
            throw Foreign("there is no room for Duration");
        }

        return new MatroskaHeader(segment.Body, info.Offset, (int)info.Size, at, tracks.Offset);
    }

    private static ContainerFormatException Foreign(string because) => new($"Not a Matroska file that this host wrote, cannot be continued: {because}.");
}
