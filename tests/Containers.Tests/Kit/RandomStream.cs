using Tapedeck.Media;

namespace Tapedeck.Containers.Tests.Kit;

/// <summary>Streams of random shape.</summary>
internal static class RandomStream
{
    /// <summary>A stream of pictures, sound, or both.</summary>
    /// <param name="random">Decides everything.</param>
    /// <param name="videos">The video tracks to choose from.</param>
    /// <param name="audios">The audio tracks to choose from.</param>
    /// <param name="longestGap">Seconds below which the source may be silent.</param>
    /// <param name="shape">What came out, in words.</param>
    public static List<MediaFrame> Next(Random random, Track[] videos, Track[] audios, int longestGap, out string shape)
    {
        // Live for a moment, for days, for centuries.
        long[] starts = [0, 7, 3600, 1L << 24, 1L << 31, (1L << 32) + 5, 1L << 45];
        var startSeconds = starts[random.Next(starts.Length)];
        var video = random.Next(5) == 0 ? null : videos[random.Next(videos.Length)];
        var audio = video is not null && random.Next(5) == 0 ? null : audios[random.Next(audios.Length)];
        var bFrames = video?.Codec is Codec.H264 or Codec.Hevc ? random.Next(3) : 0;
        var late = random.Next(3) == 0 ? random.Next(1, 900) : 0;
        shape = $"{video?.Codec} b{bFrames} + {audio?.Codec} at {startSeconds} s, audio {late} ms late";
        List<MediaFrame> pictures = [], sounds = [];
        if (video is not null)
        {
            var ticks = random.Next(2) == 0 ? 3600 : 3003;
            pictures = Shapes.VideoFrames(video, random, startSeconds * 90000 + random.Next(90000), random.Next(1, 120), bFrames, random.Next(5, 40), ticks);
        }

        if (audio is not null)
            sounds = Shapes.AudioFrames(audio, random, startSeconds * audio.Timescale + (long)late * audio.Timescale / 1000, random.Next(1, 150));
        if (random.Next(3) == 0)
        {
            // The source is silent for a while.
            var gap = random.Next(1, longestGap);
            pictures = [.. pictures.Select((f, i) => i < 40 ? f : f with { DecodeTime = f.DecodeTime + gap * 90000L })];
            sounds = [.. sounds.Select((f, i) => i < 60 ? f : f with { DecodeTime = f.DecodeTime + (long)gap * f.Track.Timescale })];
            shape += $", gap of {gap} s";
        }

        return Shapes.Interleave(pictures, sounds);
    }
}
