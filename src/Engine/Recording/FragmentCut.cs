using Tapedeck.Media;

namespace Tapedeck.Engine.Recording;

/// <summary>Where a fragment ends among the frames that are known.</summary>
internal static class FragmentCut
{
    /// <summary>
    /// How many of the frames go into the fragment. It ends before a sample of the leading track (video, where there is any), so that the
    /// length of the sample before it is known; before a key frame, where one lies in the last two thirds.
    /// </summary>
    public static int Choose(ReadOnlySpan<MediaFrame> frames)
    {
        var leader = Leader(frames);
        var last = -1;
        for (var i = frames.Length - 1; i > 0; i--)
        {
            ref readonly var frame = ref frames[i];
            if (frame.Kind != FrameKind.Sample || frame.Track.Id != leader)
                continue;
            if (last < 0)
                last = i;
            if (frame.Track.Kind != TrackKind.Video)
                break;
            if (i < frames.Length / 3)
                break;
            if (frame.IsKey)
                return i;
        }

        return last < 0 ? frames.Length : last;
    }

    private static int Leader(ReadOnlySpan<MediaFrame> frames)
    {
        var leader = 0;
        var isVideo = false;
        foreach (ref readonly var frame in frames)
        {
            if (frame.Kind != FrameKind.Sample)
                continue;
            var video = frame.Track.Kind == TrackKind.Video;
            if (leader == 0 || (video && (!isVideo || frame.Track.Id < leader)))
                (leader, isVideo) = (frame.Track.Id, video);
        }

        return leader;
    }
}
