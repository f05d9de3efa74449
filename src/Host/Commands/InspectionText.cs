using System.Globalization;
using System.Text;
using Tapedeck.Containers.Inspection;
using Tapedeck.Media;

namespace Tapedeck.Host.Commands;

/// <summary>What <c>tapedeck inspect</c> says to people.</summary>
internal static class InspectionText
{
    /// <summary>The rest is counted.</summary>
    private const int MaxGaps = 10;
    private const int MaxParts = 20;

    public static string Of(string path, long size, MediaReport report)
    {
        var text = new StringBuilder(path);
        Line(text, $"  {report.Format}, {Seconds(report.Duration)}, {size} bytes, {(report.IsFinished ? "finished" : "not finished")}");
        if (report.StartTime is { } start)
            Line(text, $"  begun at {start.UtcDateTime:yyyy-MM-dd HH:mm:ss'Z'}");
        if (report.Fragments is { } fragments)
            Line(text, $"  {fragments.Count} {(report.Format.StartsWith("MP4", StringComparison.Ordinal) ? "fragments" : "clusters")}, the longest of {Seconds(fragments.Longest)}");
        foreach (var track in report.Tracks)
            Track(text, track);
        return text.ToString();
    }

    private static void Track(StringBuilder text, TrackReport report)
    {
        var track = report.Track;
        var rate = track.Kind == TrackKind.Video ? string.Create(CultureInfo.InvariantCulture, $", {report.FrameRate:0.###} fps") : "";
        Line(text, $"  track {track.Id}: {track.Kind.ToString().ToLowerInvariant()} {track.Codec}{Profile(track)}{Form(track)}{rate}, {report.BitRate / 1000} kbit/s");
        Line(text, $"    {report.Frames} frames ({report.KeyFrames} key), {report.Bytes} bytes, from {Seconds(report.Start)} to {Seconds(report.End)}");
        if (report.KeyFrameIntervals is { } keys)
            Line(text, $"    a key frame every {Seconds(keys.Average)}, from {Seconds(keys.Shortest)} to {Seconds(keys.Longest)}");
        if (report.Changes > 0)
            Line(text, $"    its configuration changes {report.Changes} times");
        foreach (var (start, part) in report.Parts.Take(MaxParts))
            Line(text, $"      from {Seconds(start)}: {part.Codec}{Profile(part)}{Form(part)}");
        if (report.Parts.Count > MaxParts)
            Line(text, $"      and {report.Changes + 1 - MaxParts} more");
        if (report.GapCount == 0)
            return;
        Line(text, $"    {report.GapCount} gaps, {Seconds(report.GapTotal)} in all");
        foreach (var gap in report.Gaps.Take(MaxGaps))
            Line(text, $"      at {Seconds(gap.Start)}: {Seconds(gap.Length)}");
        if (report.GapCount > MaxGaps)
            Line(text, $"      and {report.GapCount - Math.Min(MaxGaps, report.Gaps.Count)} more");
    }

    private static string Profile(Track track) => CodecProfile.Describe(track) is { } described ? $" ({described})" : "";

    private static string Form(Track track) => track.Kind switch
    {
        TrackKind.Video => string.Create(CultureInfo.InvariantCulture, $", {track.Width}x{track.Height}"),
        TrackKind.Audio => string.Create(CultureInfo.InvariantCulture, $", {track.SampleRate} Hz, {track.Channels} channels"),
        _ => "",
    };

    private static void Line(StringBuilder text, FormattableString line) => text.Append('\n').Append(line.ToString(CultureInfo.InvariantCulture));

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.000} s");
}
