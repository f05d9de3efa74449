using Tapedeck.Media;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Recording;

/// <summary>The tracks of a recording as they were last, over all its files: tells what changed.</summary>
internal sealed class TrackHistory
{
    private readonly Dictionary<int, Track> _latest = [];

    /// <summary>Takes a track as it is from now on.</summary>
    /// <returns>What changed, for the ledger; null for a track that is new, or as it was.</returns>
    public (DiscontinuityCause Cause, string Detail)? Note(Track track)
    {
        var isKnown = _latest.TryGetValue(track.Id, out var before);
        _latest[track.Id] = track;
        return isKnown ? Difference(before!, track) : null;
    }

    /// <summary>What changed, for the ledger; null when nothing did.</summary>
    public static (DiscontinuityCause Cause, string Detail)? Difference(Track before, Track track)
    {
        if (ReferenceEquals(before, track))
            return null;
        if (track.Codec != before.Codec)
            return (DiscontinuityCause.TrackChanged, $"track {track.Id} goes on as {track.Codec}, before {before.Codec}");
        if (before.Width > 0 && track.Width > 0 && (track.Width != before.Width || track.Height != before.Height))
            return (DiscontinuityCause.SizeChanged, $"track {track.Id} ({track.Codec}) goes on in {track.Width} x {track.Height}, before {before.Width} x {before.Height}");
        if (track.SampleRate != before.SampleRate || track.Channels != before.Channels)
            return (DiscontinuityCause.TrackChanged, $"track {track.Id} ({track.Codec}) goes on with {track.SampleRate} Hz, {track.Channels} channels, before {before.SampleRate} Hz, {before.Channels}");
        return track.Configuration.Span.SequenceEqual(before.Configuration.Span)
            ? null
            : (DiscontinuityCause.TrackChanged, $"track {track.Id} ({track.Codec}) goes on with another configuration");
    }
}
