namespace Tapedeck.Containers.WebM;

/// <summary>When the last frame of a file ends, as far as its blocks tell.</summary>
internal sealed class FileEnds(SegmentHeader segment)
{
    private readonly Dictionary<long, Ends> _tracks = segment.Tracks.DistinctBy(track => track.Number).ToDictionary(track => track.Number, track => new Ends(track));

    /// <summary>In ns.</summary>
    public long Nanoseconds => _tracks.Values.Where(ends => ends.Track.Track.Kind != Media.TrackKind.Data).Select(ends => ends.Last is { } last ? last + ends.Usual - ends.Track.Delay : 0).DefaultIfEmpty().Max();

    public void Note(in FileBlock block)
    {
        if (!_tracks.TryGetValue(block.Number, out var ends))
            return;
        var time = (long)Int128.Clamp((Int128)block.Time * segment.Scale, long.MinValue / 4, long.MaxValue / 4);

        // The shortest step forward: with frames out of order a step may be several frames long.
        if (ends.Last is { } last && time > last && time - last <= BlockTrack.Second && ends.Track.DefaultDuration == 0)
            ends.Usual = ends.HasStep && ends.Track.Track.Kind == Media.TrackKind.Video ? Math.Min(ends.Usual, time - last) : time - last;
        ends.HasStep |= ends.Last is not null;
        ends.Last = Math.Max(ends.Last ?? time, time);
    }

    private sealed class Ends(InputTrack track)
    {
        public InputTrack Track { get; } = track;

        public long? Last { get; set; }

        public bool HasStep { get; set; }

        public long Usual { get; set; } = track.DefaultDuration > 0 ? track.DefaultDuration : track.Track.Kind switch
        {
            Media.TrackKind.Video => BlockTrack.Second / 30,
            Media.TrackKind.Audio => BlockTrack.Second / 50,
            _ => 0,
        };
    }
}
