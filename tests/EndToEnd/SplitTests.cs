namespace Tapedeck.EndToEnd.Tests;

/// <summary>Files of one recording, compared with the source packet by packet.</summary>
public sealed class SplitTests
{
    [Theory]
    [InlineData("mp4")]
    [InlineData("flv")]
    public async Task Nothing_is_lost_or_doubled_between_files(string format)
    {
        using var home = new TestHome();
        home.Write("applications/split/Application.yaml", $"streamType: live-record\nrecordingFormat: {format}\nproperties:\n  recordingSplitDuration: 1s\n");
        await using var host = await HostProcess.StartOnAsync(home);
        var clip = await Clips.GetAsync("plain");
        await Ffmpeg.PublishFastAsync(clip, host.Url("split/cam"));
        var source = Recorded.Packets(clip);
        await Wait.UntilAsync(
            () => home.Recordings() is { Length: > 1 } all && all.All(f => Recorded.IsFinished(home.Content(f)))
                && all.Sum(f => Recorded.Packets(home.Content(f)).Count) >= source.Count,
            () => $"all files are finished and hold {source.Count} packets: {string.Join(", ", home.Recordings().Select(f => $"{f} {Recorded.IsFinished(home.Content(f))} {Recorded.Packets(home.Content(f)).Count}"))}");

        var files = Enumerable.Range(0, home.Recordings().Length).Select(n => home.Content($"split/cam{(n == 0 ? "" : $"_{n}")}.{format}")).ToArray();
        files.Length.ShouldBeGreaterThan(2);
        var recorded = files.Select(Recorded.Packets).ToArray();
        recorded.SelectMany(f => f.Where(p => p.IsVideo)).Select(p => p.Hash).ShouldBe(source.Where(p => p.IsVideo).Select(p => p.Hash));
        recorded.SelectMany(f => f.Where(p => !p.IsVideo)).Select(p => p.Hash).ShouldBe(source.Where(p => !p.IsVideo).Select(p => p.Hash));
        foreach (var (file, packets) in files.Zip(recorded))
        {
            packets.First(p => p.IsVideo).IsKey.ShouldBeTrue();
            await Probe.ShouldPassInspectionAsync(file);
            await Probe.ShouldDecodeSilentlyAsync(file);
        }
    }
}
