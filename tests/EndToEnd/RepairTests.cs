using System.Security.Cryptography;
using System.Text.Json;

namespace Tapedeck.EndToEnd.Tests;

/// <summary><c>tapedeck repair</c> on files that a host, or somebody else's program, left cut off.</summary>
public sealed class RepairTests : IDisposable
{
    private static readonly string[] Formats = ["mp4", "flv", "ts", "mkv"];

    private readonly TestHome _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task Files_of_a_killed_host_are_mended_where_they_lie()
    {
        using var home = new TestHome();
        await KilledHost.LeaveAsync(home, Formats);
        var copies = Formats.Select(f => _files[$"copy-{f}.{f}"]).ToArray();
        foreach (var (format, copy) in Formats.Zip(copies))
            File.Copy(KilledHost.File(home, format), copy);
        var before = copies.Select(Hash).ToArray();
        var packets = copies.Select(f => Recorded.Packets(f).Count).ToArray();

        var would = await RepairAsync(0, "--dry-run", _files.Root);
        copies.Select(Hash).ShouldBe(before);
        would.Output.ShouldContain(l => l.StartsWith($"{copies[0]}: would be repaired (", StringComparison.Ordinal), would.Text);

        var mended = await RepairAsync(0, _files.Root);
        mended.Output.ShouldContain(l => l.StartsWith($"{copies[0]}: repaired (", StringComparison.Ordinal), mended.Text);
        mended.Output.Count(l => l.Contains(": repaired (", StringComparison.Ordinal))
            .ShouldBe(would.Output.Count(l => l.Contains(": would be repaired (", StringComparison.Ordinal)), "it does what it said it would");
        foreach (var (copy, count) in copies.Zip(packets))
        {
            await Probe.ShouldPassInspectionAsync(copy);
            await Probe.ShouldDecodeSilentlyAsync(copy);
            Recorded.Packets(copy).Count.ShouldBe(count, $"nothing of {copy} that could be read is lost");
        }

        before = [.. copies.Select(Hash)];
        var again = await RepairAsync(0, copies);
        foreach (var copy in copies)
            again.Output.ShouldContain(l => l.StartsWith($"{copy}: good (", StringComparison.Ordinal), again.Text);
        copies.Select(Hash).ShouldBe(before);
    }

    [Fact]
    public async Task Json_is_one_object_a_line()
    {
        var (good, garbage) = (_files["good.flv"], _files["garbage.mp4"]);
        await using (var host = await HostProcess.StartAsync())
        {
            await using (await Encoder.PublishClipAsync(host.Url("liverec"), "flv:good", await Clips.GetAsync("plain"))) { }
            File.Copy(host.Home.Content("liverec/good.flv"), good);
        }

        var cut = _files["cut.mp4"];
        await CutFragmentedAsync(cut);
        await File.WriteAllBytesAsync(garbage, Garbage());
        var repair = await RepairAsync(1, "--json", cut, garbage, good);
        var results = repair.Output.Select(l => JsonDocument.Parse(l).RootElement).ToDictionary(r => r.GetProperty("path").GetString()!);
        results.Keys.ShouldBe([cut, garbage, good], ignoreOrder: true);
        results[good].GetProperty("outcome").GetString().ShouldBe("good");
        results[garbage].GetProperty("outcome").GetString().ShouldBe("failed");
        results[garbage].GetProperty("steps").GetArrayLength().ShouldBeGreaterThan(0, "it says why");
        results[cut].GetProperty("outcome").GetString().ShouldBe("repaired");
        results[cut].GetProperty("steps").GetArrayLength().ShouldBeGreaterThan(0);
        results[cut].GetProperty("secondsAfter").GetDouble().ShouldBeGreaterThan(1);
    }

    [Fact]
    public async Task Garbage_and_missing_paths_are_failures_that_change_nothing()
    {
        var (garbage, empty, missing) = (_files["garbage.mp4"], _files["empty.flv"], _files["missing.ts"]);
        await File.WriteAllBytesAsync(garbage, Garbage());
        await File.WriteAllBytesAsync(empty, []);
        var before = Hash(garbage);

        var failed = await RepairAsync(1, garbage);
        failed.Output.ShouldContain(l => l.StartsWith($"{garbage}: failed", StringComparison.Ordinal), failed.Text);
        Hash(garbage).ShouldBe(before);
        var nothing = await RepairAsync(1, empty);
        nothing.Output.ShouldContain(l => l.StartsWith($"{empty}: failed", StringComparison.Ordinal), nothing.Text);
        new FileInfo(empty).Length.ShouldBe(0);
        var absent = await RepairAsync(1, missing);
        absent.Errors.ShouldContain($"{missing}: there is no such file or folder");
        foreach (var command in new[] { failed, nothing, absent })
            command.Text.ShouldNotContain("   at ");
    }

    [Fact]
    public async Task A_fragmented_file_of_ffmpeg_cut_in_the_middle_plays_again()
    {
        var file = _files["ffmpeg.mp4"];
        await CutFragmentedAsync(file);
        var clip = Recorded.Packets(await Clips.GetAsync("bframes"));

        await RepairAsync(0, file);

        await Probe.ShouldPassInspectionAsync(file);
        await Probe.ShouldDecodeSilentlyAsync(file);
        var packets = Recorded.Packets(file);
        foreach (var track in new[] { "video", "audio" })
        {
            var found = packets.Of(track);
            found.Length.ShouldBeGreaterThan(20, track);
            found.Select(p => p.Hash).ShouldBe(clip.Of(track).Take(found.Length).Select(p => p.Hash), track);
        }

        (await Probe.PacketsAsync(file)).Count.ShouldBe(packets.Count);
    }

    [Fact]
    public async Task A_fragmented_file_that_was_finished_is_inspected_as_such_and_left_alone()
    {
        var file = _files["finished.mp4"];
        await ChildProcess.SucceedAsync(
            "ffmpeg", "-nostdin", "-v", "error", "-y", "-i", await Clips.GetAsync("bframes"), "-c", "copy", "-movflags", "frag_keyframe+empty_moov", file);
        var before = Hash(file);
        await using var inspect = await HostProcess.CommandAsync("inspect", "--json", file);
        inspect.ExitCode.ShouldBe(0, inspect.Text);
        inspect.Errors.ShouldBeEmpty("no progress where there is no terminal");
        var report = JsonDocument.Parse(inspect.Output.ShouldHaveSingleItem()).RootElement;
        report.GetProperty("format").GetString().ShouldBe("MP4, fragmented");
        report.GetProperty("finished").GetBoolean().ShouldBeTrue();
        report.GetProperty("fragments").GetProperty("count").GetInt32().ShouldBeGreaterThan(1);
        report.GetProperty("tracks").EnumerateArray().Select(t => t.GetProperty("codec").GetString()).ShouldBe(["H264", "Aac"]);
        report.GetProperty("tracks")[0].GetProperty("codecs").GetString()!.ShouldStartWith("avc1.");
        report.GetProperty("problems").GetArrayLength().ShouldBe(0);

        var repair = await RepairAsync(0, file);
        repair.Output.ShouldContain(l => l.StartsWith($"{file}: good (", StringComparison.Ordinal), repair.Text);
        Hash(file).ShouldBe(before);
    }

    private static async Task CutFragmentedAsync(string file)
    {
        await ChildProcess.SucceedAsync(
            "ffmpeg", "-nostdin", "-v", "error", "-y", "-i", await Clips.GetAsync("bframes"), "-c", "copy", "-movflags", "frag_keyframe+empty_moov", file);
        await using var stream = File.OpenWrite(file);
        stream.SetLength(stream.Length * 6 / 10);
    }

    private static byte[] Garbage()
    {
        var bytes = new byte[10_000];
        new Random(4711).NextBytes(bytes);
        return bytes;
    }

    private static string Hash(string file) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)));

    private static async Task<ChildProcess> RepairAsync(int exitCode, params string[] arguments)
    {
        await using var repair = await HostProcess.CommandAsync(["repair", .. arguments]);
        repair.ExitCode.ShouldBe(exitCode, repair.Text);
        return repair;
    }
}
