using Tapedeck.Containers;
using Tapedeck.Media;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Recording;

/// <summary>From frames of the log to a fragment: which tracks are taken, at what time, into which file.</summary>
internal sealed partial class ActiveRecording
{
    /// <summary>
    /// Writes the first <paramref name="count"/> frames. A frame that needs a new file, or a fragment of its own, ends the write before it: the new file
    /// gathers its first fragment afresh, so that its header knows all tracks.
    /// </summary>
    /// <returns>Frames that were taken.</returns>
    private async Task<int> WriteAsync(ReadOnlyMemory<MediaFrame> frames, int count)
    {
        for (var i = 0; i < count; i++)
        {
            if (!IsWanted(frames.Span[i].Track.Kind))
                continue;
            var verdict = Admit(frames.Span[i]);
            if (verdict == TrackVerdict.Unsupported)
                continue; // said once in Admit
            if (verdict == TrackVerdict.CutFirst || HasReachedLimit())
            {
                await PutAsync(frames[..i], frames[i..]);
                return i;
            }

            var frame = _clock.Place(frames.Span[i]);
            if (verdict == TrackVerdict.NeedsNewFile)
            {
                RefuseFlood();
            }
            else if (!_split.IsDue(frame, mustEnd: _split.CanBegin(frame) && _file!.MustEnd)) // which adds up the index
            {
                _file!.Add(frame);
                continue;
            }

            // Placed once more as the first of the new file: that changes nothing.
            await StartNextFileAsync(frames[..i], frames[i..]);
            _file!.BeginsAnywhere = verdict == TrackVerdict.NeedsNewFile && !(frame.Track.Kind == TrackKind.Video && frame.IsKey);
            return i;
        }

        if (count == 0)
            return 0;
        await PutAsync(frames[..count], frames[count..]);
        return count;
    }

    /// <summary>The next frame of each track on the recording's time line, for the duration of the last ones.</summary>
    private ReadOnlyMemory<MediaFrame> Following(ReadOnlyMemory<MediaFrame> frames)
    {
        _following.Clear();
        if (!_format.NeedsLookahead)
            return default;
        foreach (ref readonly var frame in frames.Span)
        {
            if (frame.Kind == FrameKind.Sample && !IsFollowed(frame.Track.Id) && _clock.TryPreview(frame, out var placed))
                _following.Add(placed);
            if (_following.Count == _tracks.Count)
                break;
        }

        return _following.ToArray();
    }

    private bool IsFollowed(int track)
    {
        foreach (var frame in _following)
        {
            if (frame.Track.Id == track)
                return true;
        }

        return false;
    }

    private bool IsWanted(TrackKind kind) => Options.Tracks switch
    {
        TrackSelection.Video => kind != TrackKind.Audio,
        TrackSelection.Audio => kind != TrackKind.Video,
        _ => true,
    };

    private TrackVerdict Admit(in MediaFrame frame)
    {
        var track = frame.Track;
        if (frame.Kind != FrameKind.Sample || (_tracks.TryGetValue(track.Id, out var known) && ReferenceEquals(known, track)))
            return _refusedTracks.Contains(track.Id) ? TrackVerdict.Unsupported : TrackVerdict.Accepted;

        var verdict = _file!.Judge(track);

        // Containers that could go on are asked not to.
        if (verdict == TrackVerdict.Accepted && Options.CodecChange == CodecChange.NewFile && known is not null && TrackHistory.Difference(known, track) is not null)
            verdict = TrackVerdict.NeedsNewFile;
        if (verdict == TrackVerdict.CutFirst)
            return verdict;
        if (verdict != TrackVerdict.Unsupported)
            NoteTrack(track, verdict);
        if (verdict == TrackVerdict.NeedsNewFile)
            return verdict;
        _tracks[track.Id] = track;
        if (verdict == TrackVerdict.Accepted)
        {
            _refusedTracks.Remove(track.Id);
            return verdict;
        }

        if (_refusedTracks.Add(track.Id))
            RefuseTrack(track);
        return verdict;
    }

    private void RefuseTrack(Track track)
    {
        var fit = ContainerFormat.ThatFit(Stream.Tracks);
        var remedy = fit.Count > 0 ? $"record as {string.Join(" or ", fit)}" : "no format carries all tracks of this stream";
        var nothingLeft = Stream.Tracks.All(t => _file!.Judge(t) == TrackVerdict.Unsupported);
        var message = $"{RecordingFormatNames.NameOf(_format.Format)} cannot carry {track.Kind.ToString().ToLowerInvariant()} of codec {track.Codec}; {remedy}, or set another codec at the encoder.";
        if (nothingLeft)
            throw new RecordingFailure(RecordingEndReason.UnsupportedMedia, message);
        LogTrackRefused(_environment.Logger, Stream, track.Id, message);
        _environment.Warn(this, message + " The other tracks are recorded.");
    }
}
