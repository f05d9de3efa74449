using Tapedeck.Media;

namespace Tapedeck.Containers.MpegTs;

/// <summary>
/// The one time line of a file: unwraps 33-bit stamps, and closes up where time goes back (two files put together, a restarted encoder). The correction is
/// one for all tracks, so that sound stays with picture: the first track that goes back sets it, the others take it over as they make the same step.
/// A step forward is a gap and stays one.
/// </summary>
internal sealed class Timeline
{
    // Less than this back is disorder, not a new beginning; more than this forward is suspicious when the correction has just changed.
    private const long MaxBack = TsTime.Rate;
    private const long MaxForward = 10 * TsTime.Rate;

    private readonly Dictionary<int, List<Track>> _tracks;
    private long _correction;
    private long _raw;
    private long _reached = long.MinValue;
    private bool _hasRaw;

    /// <param name="tracks">Tracks of an earlier reading of the same file, so that the same ones are handed out again.</param>
    public Timeline(Dictionary<int, List<Track>> tracks) => _tracks = tracks;

    /// <summary>The latest time that was placed.</summary>
    public long Latest { get; private set; }

    /// <summary>A frame lasts until here.</summary>
    public void Reach(long end) => _reached = Math.Max(_reached, end);

    /// <summary>Where one track is.</summary>
    public sealed class Cursor
    {
        public long Correction { get; set; }
    }

    /// <summary>A track that says the same and was handed out before, or this one.</summary>
    public Track Same(Track track)
    {
        if (!_tracks.TryGetValue(track.Id, out var known))
            _tracks[track.Id] = known = [];
        foreach (var other in known)
        {
            if (ReferenceEquals(other, track) || (other.Codec == track.Codec && other.Timescale == track.Timescale && other.Channels == track.Channels
                && other.Width == track.Width && other.Height == track.Height && other.FrameDuration == track.FrameDuration
                && other.Configuration.Span.SequenceEqual(track.Configuration.Span)))
            {
                return other;
            }
        }

        if (known.Count < 64)
            known.Add(track);
        return track;
    }

    /// <summary>The time of a stamp of timed metadata, which goes with the other tracks and corrects none.</summary>
    public long Follow(long stamp)
    {
        if (!_hasRaw)
            (_raw, _hasRaw) = (stamp, true);
        return TsTime.Unwrap(stamp, _raw) + _correction;
    }

    /// <summary>The time of a stamp.</summary>
    /// <param name="cursor">Of its track.</param>
    /// <param name="stamp">33 bits.</param>
    /// <param name="expected">Where the track's next frame belongs when nothing is wrong; null before the first.</param>
    /// <param name="isJump">The correction changed here.</param>
    public long Place(Cursor cursor, long stamp, long? expected, out bool isJump)
    {
        isJump = false;
        _raw = _hasRaw ? TsTime.Unwrap(stamp, _raw) : stamp;
        _hasRaw = true;
        var raw = _raw;
        if (expected is null)
            cursor.Correction = _correction;
        var time = raw + cursor.Correction;
        if (expected is { } next && (time < next - MaxBack || (time > next + MaxForward && cursor.Correction != _correction)))
        {
            isJump = true;
            var other = raw + _correction;
            if (cursor.Correction == _correction || other < next - MaxBack || other > next + MaxForward)
                _correction = Math.Max(next, _reached) - raw;
            cursor.Correction = _correction;
            time = raw + _correction;
        }

        Latest = Math.Max(Latest, time);
        return time;
    }
}
