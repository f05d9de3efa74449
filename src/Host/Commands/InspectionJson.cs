using System.Text.Json;
using System.Text.Json.Serialization;
using Tapedeck.Containers.Inspection;
using Tapedeck.Media;

namespace Tapedeck.Host.Commands;

/// <summary>What <c>tapedeck inspect --json</c> says to programs: one object in one line, documented in the guide. Times are seconds.</summary>
internal static class InspectionJson
{
    private static readonly JsonSerializerOptions Options = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public static string Of(string path, long size, MediaReport report) => JsonSerializer.Serialize(
        new
        {
            path,
            size,
            format = report.Format,
            duration = Seconds(report.Duration),
            startTime = report.StartTime?.UtcDateTime,
            finished = report.IsFinished,
            fragments = report.Fragments is { } fragments ? new { count = fragments.Count, longest = Seconds(fragments.Longest) } : null,
            tracks = report.Tracks.Select(Track),
            problems = report.Problems,
        },
        Options);

    private static object Track(TrackReport report)
    {
        var track = report.Track;
        var (isVideo, isAudio) = (track.Kind == TrackKind.Video, track.Kind == TrackKind.Audio);
        return new
        {
            id = track.Id,
            kind = track.Kind.ToString().ToLowerInvariant(),
            codec = track.Codec.ToString(),
            codecs = Rfc6381.Codecs(track),
            profile = CodecProfile.Describe(track),
            width = isVideo ? track.Width : (int?)null,
            height = isVideo ? track.Height : (int?)null,
            frameRate = isVideo ? Math.Round(report.FrameRate, 3) : (double?)null,
            sampleRate = isAudio ? track.SampleRate : (int?)null,
            channels = isAudio ? track.Channels : (int?)null,
            bitRate = report.BitRate,
            frames = report.Frames,
            keyFrames = report.KeyFrames,
            bytes = report.Bytes,
            start = Seconds(report.Start),
            end = Seconds(report.End),
            keyFrameInterval = report.KeyFrameIntervals is { } keys
                ? new { shortest = Seconds(keys.Shortest), average = Seconds(keys.Average), longest = Seconds(keys.Longest) }
                : null,
            changes = report.Changes,
            parts = report.Parts.Count == 0 ? null : report.Parts.Select(part => new
            {
                start = Seconds(part.Start),
                codecs = Rfc6381.Codecs(part.Track),
                profile = CodecProfile.Describe(part.Track),
                width = isVideo ? part.Track.Width : (int?)null,
                height = isVideo ? part.Track.Height : (int?)null,
                sampleRate = isAudio ? part.Track.SampleRate : (int?)null,
                channels = isAudio ? part.Track.Channels : (int?)null,
            }),
            gaps = new
            {
                count = report.GapCount,
                total = Seconds(report.GapTotal),
                list = report.Gaps.Select(gap => new { start = Seconds(gap.Start), length = Seconds(gap.Length) }),
            },
        };
    }

    private static double Seconds(TimeSpan time) => Math.Round(time.TotalSeconds, 6);
}
