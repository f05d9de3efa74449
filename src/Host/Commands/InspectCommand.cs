using System.CommandLine;
using System.Globalization;
using Tapedeck.Containers;
using Tapedeck.Media;

namespace Tapedeck.Host.Commands;

/// <summary><c>tapedeck inspect FILE</c>: reads a recording from end to end and says what it holds.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "MP4 or FLV file." };
        var command = new Command("inspect", "Reads a file from beginning to end and says what it holds; ends with 1 when it is damaged, unfinished or empty.") { file };
        command.SetAction(result => Run(result.GetValue(file)!));
        return command;
    }

    private sealed class Summary
    {
        public Track? Track;
        public long Frames;
        public long Keys;
        public long Bytes;
        public long First = long.MaxValue;
        public long Last;
        public bool GoesBack;
    }

    private static int Run(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            var size = stream.Length;
            using var reader = ContainerFile.Open(stream);
            var tracks = reader.Tracks.ToDictionary(t => t.Id, t => new Summary { Track = t });
            while (reader.TryRead(out var frame))
                Add(tracks, frame);
            return Show(path, size, reader, tracks);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ContainerFormatException)
        {
            Terminal.Error($"{path}: {e.Message}");
            return ExitCode.Failure;
        }
    }

    private static void Add(Dictionary<int, Summary> tracks, in MediaFrame frame)
    {
        if (frame.Kind != FrameKind.Sample)
            return;
        if (!tracks.TryGetValue(frame.Track.Id, out var summary))
            tracks[frame.Track.Id] = summary = new Summary();
        summary.Track = frame.Track;
        summary.GoesBack |= summary.Frames > 0 && frame.DecodeTime < summary.Last;
        summary.Frames++;
        summary.Keys += frame.IsKey ? 1 : 0;
        summary.Bytes += frame.Payload.Length;
        summary.First = Math.Min(summary.First, frame.PresentationTime);
        summary.Last = frame.DecodeTime;
    }

    private static int Show(string path, long size, IContainerReader reader, Dictionary<int, Summary> tracks)
    {
        var problems = new List<string>();
        Terminal.Out($"{path}");
        Terminal.Out(string.Create(CultureInfo.InvariantCulture, $"  {reader.Duration.TotalSeconds:0.000} s, {size} bytes, {(reader.IsFinished ? "finished" : "not finished: cut off, or still being written")}"));
        foreach (var (id, summary) in tracks.OrderBy(t => t.Key))
        {
            var track = summary.Track!;
            var what = track.Kind == TrackKind.Video ? $"{track.Width}x{track.Height}" : $"{track.SampleRate} Hz, {track.Channels} channels";
            var first = summary.Frames == 0 ? 0 : summary.First / (double)track.Timescale;
            Terminal.Out(string.Create(CultureInfo.InvariantCulture,
                $"  track {id}: {track.Kind.ToString().ToLowerInvariant()} {track.Codec}, {what}, {summary.Frames} frames ({summary.Keys} key), {summary.Bytes} bytes, first at {first:0.000} s"));
            if (summary.Frames == 0)
                problems.Add($"track {id} has no frames");
            if (summary.GoesBack)
                problems.Add($"times of track {id} go back");
        }

        if (tracks.Count == 0)
            problems.Add("there are no tracks");
        if (!reader.IsFinished)
            problems.Add("it has no complete index");
        foreach (var problem in problems)
            Terminal.Error($"  {problem}");
        return problems.Count == 0 ? ExitCode.Success : ExitCode.Failure;
    }
}
