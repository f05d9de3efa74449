using Tapedeck.Containers;
using Tapedeck.Media;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Recording;

/// <summary>What goes into the ledger of a recording, and when.</summary>
internal sealed partial class ActiveRecording
{
    /// <summary>The newest frame that was read, with the time at which it came: a disk that made us wait is no fault of the encoder.</summary>
    private void NoteArrival(ReadOnlySpan<MediaFrame> frames)
    {
        // A full read does not show what is newest.
        if (frames.Length == MaximumFrames)
            return;
        for (var i = frames.Length - 1; i >= 0; i--)
        {
            if (frames[i].Kind != FrameKind.Sample || !IsWanted(frames[i].Track.Kind))
                continue;
            if (_clock.Reach(frames[i]) is { } media)
                _arrivals.Observe(frames[i].ArrivedAt.UtcTicks / TimeSpan.TicksPerMicrosecond, media, _clock.Gaps, _clock.Breaks);
            return;
        }
    }

    /// <summary>A track that changed, if it did, and what becomes of it.</summary>
    private void NoteTrack(Track track, TrackVerdict verdict)
    {
        var change = _history.Note(track);
        var needsNewFile = verdict == TrackVerdict.NeedsNewFile;
        if (change is null && !needsNewFile)
            return;
        var (cause, detail) = change ?? (DiscontinuityCause.TrackChanged, $"track {track.Id} ({track.Codec}) appears");
        if (!needsNewFile)
            detail += _tracks.ContainsKey(track.Id) ? ", in the same file" : "";
        else
            detail += _file!.WhyNewFile(track) is { } why ? $", in a new file: {why}" : ", in a new file";
        Note(cause, TimeSpan.Zero, detail);
    }

    private void Note(DiscontinuityCause cause, TimeSpan length, string detail) => Note(cause, _clock.Elapsed, length, detail);

    private void Note(DiscontinuityCause cause, TimeSpan at, TimeSpan length, string detail)
    {
        var entry = _ledger.Add(cause, at, length, detail);
        // A clock that leaps with every frame must fill neither the log nor the catalog.
        if (++_notes > MaximumNotes)
            return;
        if (_notes == MaximumNotes)
            LogManyNotes(_environment.Logger, Stream, MaximumNotes);
        _environment.Journal.Note(this, _file?.Id, entry);
        LogDiscontinuity(_environment.Logger, Stream, entry.MediaTime.TotalSeconds, detail);
    }
}
