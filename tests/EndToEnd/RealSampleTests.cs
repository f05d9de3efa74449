using Tapedeck.Containers;
using Tapedeck.Media;
using Xunit.Abstractions;

namespace Tapedeck.EndToEnd.Tests;

/// <summary>
/// Files of real encoders, published by our own client, recorded as MP4 and as FLV and compared frame by frame. They are not part of this
/// repository: their folder is TAPEDECK_SAMPLES, else a folder shared/samples/real beside the checkout.
/// </summary>
public sealed class RealSampleTests(HostFixture fixture, ITestOutputHelper output) : IClassFixture<HostFixture>
{
    private const string None = "(no samples)";
    private static readonly Codec[] Carried = [Codec.H264, Codec.Hevc, Codec.Av1, Codec.Vp9, Codec.Aac, Codec.Opus, Codec.Mp3, Codec.Flac, Codec.Ac3, Codec.Eac3];

    public static TheoryData<string> Files
    {
        get
        {
            var names = new TheoryData<string>();
            if (Samples.FindFolder() is not { } folder)
                names.Add(None);
            else
                names.AddRange([.. Directory.EnumerateFiles(folder).Where(f => Path.GetExtension(f) is ".flv" or ".mp4").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)]);
            return names;
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task A_real_file_is_recorded_frame_by_frame(string sample)
    {
        if (sample == None)
        {
            output.WriteLine("NOT RUN: no real samples. Neither TAPEDECK_SAMPLES nor shared/samples/real beside the checkout is there; recordings of real encoders' files were not compared.");
            return;
        }

        var file = Path.Combine(Samples.FindFolder()!, sample);
        if (NotCarried(file) is { } reason)
        {
            output.WriteLine($"NOT RUN: {sample}: {reason}");
            return;
        }

        var name = Path.GetFileNameWithoutExtension(sample);
        await Task.WhenAll(PublishAsync(file, name), PublishAsync(file, $"flv:{name}-tags"));
        var source = Recorded.Packets(file);
        // The times of other containers are rounded to milliseconds on the way.
        var tolerance = sample.EndsWith(".flv", StringComparison.Ordinal) ? PacketAssertions.Exact : PacketAssertions.Rounding;
        await ShouldBeRecordedAsync(source, fixture.Home.Content($"liverec/{name}.mp4"), PacketAssertions.Rounding);
        await ShouldBeRecordedAsync(source, fixture.Home.Content($"liverec/{name}-tags.flv"), tolerance);
        await Probe.ShouldDecodeSilentlyAsync(fixture.Home.Content($"liverec/{name}.mp4"));
        output.WriteLine($"{sample}: {source.Count} frames");
    }

    private static async Task ShouldBeRecordedAsync(List<Packet> source, string recording, double tolerance)
    {
        await Recorded.FinishedAsync(recording);
        await Probe.ShouldPassInspectionAsync(recording);
        Recorded.Packets(recording).ShouldBeRecordingOf(source, Path.GetFileName(recording), tolerance);
    }

    private async Task PublishAsync(string file, string name)
    {
        await using var publish = await HostProcess.CommandAsync("publish", file, fixture.Host.Url($"liverec/{name}"), "--fast");
        publish.ExitCode.ShouldBe(0, publish.Text);
    }

    /// <summary>Why RTMP cannot carry a file; null when it can.</summary>
    private static string? NotCarried(string file)
    {
        using var reader = ContainerFile.Open(File.OpenRead(file));
        var codecs = reader.Tracks.Select(t => t.Codec).ToArray();
        return codecs.Length == 0 ? "it has no tracks that can be read"
            : Array.Find(codecs, c => !Carried.Contains(c)) is var other && other != Codec.Unknown ? $"RTMP does not carry {other}"
            : codecs.Contains(Codec.Unknown) ? "it has a track of an unknown codec"
            : null;
    }
}
