using Tapedeck.Media;
using Tapedeck.Recordings;
using Tapedeck.Streams;

namespace Tapedeck.Engine.Recording;

/// <summary>
/// Finds the first frame of a recording: a key frame where the options ask for one, once the tracks that the encoder announced have shown up
/// or have been waited for long enough. A container's header must name its tracks before the first sample. A recording that begins with its
/// stream keeps the sound in front of the first key frame: it is part of what was sent.
/// </summary>
/// <param name="reader">Of the stream.</param>
/// <param name="options">Of the recording.</param>
/// <param name="settings">How long to wait for tracks.</param>
/// <param name="waiting">Told once when media passes for long without a frame to start at.</param>
internal sealed class RecordingStart(IStreamReader reader, RecordingOptions options, RecordingSettings settings, Action<TimeSpan> waiting)
{
    private const int MaximumFrames = 16 * 1024;
    private static readonly TimeSpan LongWait = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan WaitWithoutMetadata = TimeSpan.FromSeconds(1);
    private TimeSpan _passed;
    private bool _said;

    private bool? _beginsWithStream;

    /// <summary>Wall clock (UTC) when the first frame arrived; null before there is one.</summary>
    public DateTimeOffset? StartsAt { get; private set; }

    /// <summary>Advances the reader to the first frame. False when the stream ended, or the recording was stopped, before there was one.</summary>
    public async ValueTask<bool> SeekAsync(CancellationToken stop)
    {
        var span = TimeSpan.Zero;
        try
        {
            while (await reader.WaitAsync(span, MaximumFrames, stop))
            {
                var start = FindStart(reader.Frames.Span);
                if (start < 0)
                {
                    NotePassed(Longer(MediaTime(reader.Frames.Span), span));
                    reader.Advance(reader.Frames.Length);
                    span = Step;
                    continue;
                }

                // The wait has seen the span pass, or as many bytes as it may hold back, whatever the frames' own clock says.
                var ahead = Longer(MediaTime(reader.Frames.Span[start..]), span);
                var patience = Patience(reader.Frames.Span[start..]);
                StartsAt = reader.Frames.Span[start].ArrivedAt;
                reader.Advance(start);
                if (reader.HasEnded || ahead >= patience)
                    return true;
                span = ahead + Step;
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Stopped before the tracks were complete: what is there is the recording.
            while (reader.TryRead(MaximumFrames))
            {
                var start = FindStart(reader.Frames.Span);
                if (start >= 0)
                    StartsAt = reader.Frames.Span[start].ArrivedAt;
                reader.Advance(start < 0 ? reader.Frames.Length : start);
                if (start >= 0)
                    return true;
            }
        }

        return false;
    }

    private void NotePassed(TimeSpan media)
    {
        _passed += media;
        if (_said || _passed < LongWait)
            return;
        _said = true;
        waiting(_passed);
    }

    private static TimeSpan Longer(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private int FindStart(ReadOnlySpan<MediaFrame> frames)
    {
        if (frames.Length > 0)
            _beginsWithStream ??= frames[0].Position == 0;
        var needsKey = options.StartOnKeyFrame && IsWanted(TrackKind.Video) && HasTrack(TrackKind.Video);
        if (needsKey && BeginsWithStream(frames))
            needsKey = false;
        for (var i = 0; i < frames.Length; i++)
        {
            ref readonly var frame = ref frames[i];
            if (frame.Kind == FrameKind.Sample && IsWanted(frame.Track.Kind) && (!needsKey || (frame.Track.Kind == TrackKind.Video && frame.IsKey)))
                return i;
        }

        return -1;
    }

    /// <summary>True while nothing was passed over since the stream's first frame, and its first picture, if it has come, is a key frame.</summary>
    private bool BeginsWithStream(ReadOnlySpan<MediaFrame> frames)
    {
        if (_beginsWithStream is not true)
            return false;
        foreach (ref readonly var frame in frames)
        {
            if (frame.Kind != FrameKind.Sample || frame.Track.Kind != TrackKind.Video)
                continue;
            _beginsWithStream = frame.IsKey;
            return frame.IsKey;
        }

        return true;
    }

    /// <summary>How much media to let pass before a recording starts without the tracks that are still missing.</summary>
    private TimeSpan Patience(ReadOnlySpan<MediaFrame> frames)
    {
        var announced = AnnouncedTracks.Read(reader.Stream.Metadata.Span);
        announced = new AnnouncedTracks(announced.Video && IsWanted(TrackKind.Video), announced.Audio && IsWanted(TrackKind.Audio));
        var hasVideo = HasTrack(TrackKind.Video) || !IsWanted(TrackKind.Video);
        var hasAudio = HasTrack(TrackKind.Audio) || !IsWanted(TrackKind.Audio);
        if ((announced.Video && !hasVideo) || (announced.Audio && !hasAudio) || LacksSamples(frames))
            return settings.TrackWait;
        var isSilent = !announced.Video && !announced.Audio;
        return isSilent && !(hasVideo && hasAudio) ? TimeSpan.FromTicks(Math.Min(WaitWithoutMetadata.Ticks, settings.TrackWait.Ticks)) : TimeSpan.Zero;
    }

    /// <summary>A track is known by its configuration, but nothing of it has come yet.</summary>
    private bool LacksSamples(ReadOnlySpan<MediaFrame> frames)
    {
        foreach (var track in reader.Stream.Tracks)
        {
            if (track.Kind != TrackKind.Data && IsWanted(track.Kind) && !HasSample(frames, track.Id))
                return true;
        }

        return false;
    }

    private static bool HasSample(ReadOnlySpan<MediaFrame> frames, int track)
    {
        foreach (ref readonly var frame in frames)
        {
            if (frame.Kind == FrameKind.Sample && frame.Track.Id == track)
                return true;
        }

        return false;
    }

    private bool IsWanted(TrackKind kind) => options.Tracks switch
    {
        TrackSelection.Video => kind != TrackKind.Audio,
        TrackSelection.Audio => kind != TrackKind.Video,
        _ => true,
    };

    private bool HasTrack(TrackKind kind)
    {
        foreach (var track in reader.Stream.Tracks)
        {
            if (track.Kind == kind)
                return true;
        }

        return false;
    }

    private static TimeSpan MediaTime(ReadOnlySpan<MediaFrame> frames)
    {
        if (frames.Length == 0)
            return TimeSpan.Zero;
        var first = Microseconds(frames[0]);
        var latest = first;
        foreach (ref readonly var frame in frames)
            latest = Math.Max(latest, Microseconds(frame));
        return TimeSpan.FromMicroseconds(latest - first);
    }

    private static long Microseconds(in MediaFrame frame) =>
        frame.Track.Timescale == 0 ? 0 : (long)((Int128)frame.DecodeTime * 1_000_000 / frame.Track.Timescale);
}
