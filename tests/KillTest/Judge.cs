using Tapedeck.Containers;
using Tapedeck.Containers.Repair;
using Tapedeck.Media;

namespace Tapedeck.KillTest;

/// <summary>Holds a file against what was sent.</summary>
internal static class Judge
{
    public static async Task<Verdict> JudgeAsync(Publisher publisher, SentState sent, string content, bool decode)
    {
        var path = PathOf(publisher, content);
        var verdict = new Verdict(publisher.Application, publisher.Clip.Rate, path) { Exists = File.Exists(path) && new FileInfo(path).Length > 0 };
        var found = new Dictionary<TrackKind, int>();
        if (verdict.Exists)
        {
            try
            {
                Read(path, sent, found);
                verdict = verdict with { IsTorn = IsTorn(path) };
            }
            catch (Exception e) when (e is ContainerFormatException or IOException)
            {
                verdict = verdict with { Unreadable = e.Message };
            }

            string[] way = decode ? ["-fps_mode", "passthrough"] : ["-c", "copy"];
            await using var ffmpeg = await ChildProcess.RunAsync("ffmpeg", ["-nostdin", "-v", "error", "-threads", "1", "-i", path, "-map", "0:v?", "-map", "0:a?", .. way, "-f", "null", "-"]);
            if (ffmpeg.ExitCode != 0)
                verdict = verdict with { Unreadable = verdict.Unreadable ?? $"ffmpeg ends with {ffmpeg.ExitCode}: {string.Join(" | ", ffmpeg.Errors)}" };
            else if (ffmpeg.Errors.Count > 0)
                verdict = verdict with { Message = string.Join(" | ", ffmpeg.Errors) };
        }

        var (loss, inFlight) = Loss(sent, found);
        return verdict with { LossMs = loss, InFlightMs = inFlight, Samples = found.Values.Sum() };
    }

    public static string PathOf(Publisher publisher, string content) => Path.Combine(content, publisher.Application, $"{publisher.Name}.{publisher.Application}");

    /// <summary>Samples of each track that our reader finds; each must be the one that was sent in its place.</summary>
    private static void Read(string path, SentState sent, Dictionary<TrackKind, int> found)
    {
        var expected = sent.Samples.GroupBy(s => s.Track).ToDictionary(g => g.Key, g => g.ToArray());
        using var reader = ContainerFile.Open(File.OpenRead(path));
        while (reader.TryRead(out var frame))
        {
            if (frame.Kind != FrameKind.Sample)
                continue;
            var kind = frame.Track.Kind;
            var index = found.GetValueOrDefault(kind);
            // The host may have read more than the publisher had noted.
            if (expected.TryGetValue(kind, out var samples) && index < samples.Length && Clip.HashOf(frame.Payload.Span) != samples[index].Hash)
                throw new ContainerFormatException($"Sample {index} of {kind} ({frame.Payload.Length} bytes) is not what was sent.");
            found[kind] = index + 1;
        }
    }

    private static bool IsTorn(string path)
    {
        using var file = File.OpenRead(path);
        using var plan = ContainerRepair.Analyse(file);
        return plan.State == FileState.Torn;
    }

    /// <summary>Samples that can be read, without a comparison.</summary>
    public static int Count(string path)
    {
        var count = 0;
        using var reader = ContainerFile.Open(File.OpenRead(path));
        while (reader.TryRead(out var frame))
            count += frame.Kind == FrameKind.Sample ? 1 : 0;
        return count;
    }

    /// <summary>From the last sample in the file to the last that was sent, for the track that lost most.</summary>
    private static (double Loss, double InFlight) Loss(SentState sent, Dictionary<TrackKind, int> found)
    {
        double loss = 0, inFlight = 0;
        foreach (var track in sent.Samples.GroupBy(s => s.Track))
        {
            var samples = track.ToArray();
            var count = Math.Min(found.GetValueOrDefault(track.Key), samples.Length);
            // Nothing of it: from the beginning of the first to the beginning of the last, and that one.
            var end = count > 0 ? samples[count - 1].Time : 0;
            var frame = count == 0 && samples.Length > 1 ? samples[^1].Time - samples[^2].Time : 0;
            var lost = samples[^1].Time - end + frame;
            if (lost < loss)
                continue;
            loss = lost;
            // The last bytes sent are the ones that lie in the socket.
            var read = sent.Bytes - sent.InFlight;
            var arrived = samples.LastOrDefault(s => s.BytesBehind <= read);
            inFlight = Math.Min(lost, samples[^1].Time - arrived.Time);
        }

        return (loss, inFlight);
    }
}
