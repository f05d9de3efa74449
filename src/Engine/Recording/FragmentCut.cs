using Tapedeck.Media;

namespace Tapedeck.Engine.Recording;

/// <summary>Where a fragment ends among the frames that are known.</summary>
internal static class FragmentCut
{
    /// <summary>
    /// How many of the frames go into the fragment. It ends before a sample of the leading track (video, where there is any), so that the
    /// length of the sample before it is known; before a key frame, where one lies in the last two thirds.
    /// </summary>
    /// <param name="frames">What is known.</param>
    /// <param name="isFirst">The first fragment of a file, whose header is made with it: a sample of every track must be in it.</param>
    public static int Choose(ReadOnlySpan<MediaFrame> frames, bool isFirst = false)
    {
        var leader = Leader(frames);
        var least = isFirst ? LastBeginning(frames) : 0;
        var last = -1;
        for (var i = frames.Length - 1; i > least; i--)
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

    /// <summary>Index of the first sample of the track that begins last.</summary>
    private static int LastBeginning(ReadOnlySpan<MediaFrame> frames)
    {
        var last = 0;
        var seen = new HashSet<int>();
        for (var i = 0; i < frames.Length; i++)
        {
            if (frames[i].Kind == FrameKind.Sample && seen.Add(frames[i].Track.Id))
                last = i;
        }

        return last;
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
