using Tapedeck.Containers;
using Tapedeck.Containers.Repair;
using Tapedeck.Engine.Recording;
using Tapedeck.Media;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Tests.Recording.Pathologies;

/// <summary>Each pathology in each container: the ledger, the length, every frame in its file, sound and picture together.</summary>
public sealed class PathologyTests : IDisposable
{
    private readonly RecordingBench _bench = new();

    public void Dispose() => _bench.Dispose();

    public static TheoryData<string, RecordingFormat> Cases()
    {
        var cases = new TheoryData<string, RecordingFormat>();
        foreach (var pathology in Pathology.All)
        {
            foreach (var format in new[] { RecordingFormat.Mp4, RecordingFormat.FragmentedMp4, RecordingFormat.Flv, RecordingFormat.MpegTs, RecordingFormat.Matroska })
                cases.Add(pathology.Name, format);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_pathology_ends_in_the_ledger_and_not_in_the_file(string name, RecordingFormat format) =>
        await RecordAsync(Array.Find(Pathology.All, p => p.Name == name)!, format, _ => { });

    [Theory]
    [InlineData("steady")]
    [InlineData("jump forward")]
    [InlineData("gap")]
    public async Task WebM_does_the_same(string name) => await RecordAsync(Array.Find(Pathology.All, p => p.Name == name)!, RecordingFormat.WebM, source =>
    {
        source.Video = Tracks.Vp9;
        source.Audio = Tracks.Opus;
        source.SoundStep = 0.02;
    });

    private async Task RecordAsync(Pathology pathology, RecordingFormat format, Action<ScriptedSource> prepare)
    {
        _bench.RealFormat = ContainerFormat.Of(format);
        _bench.Settings = new RecordingSettings { MaxLagBytes = 1 << 30 };
        var source = new ScriptedSource(_bench.Stream);
        prepare(source);
        var recording = await _bench.RecordAsync(() => pathology.Script(source));

        recording.Error.ShouldBeNull();
        var inOneFile = format is RecordingFormat.Flv or RecordingFormat.MpegTs;
        // That everything was sent at once is told too, and not what this is about.
        recording.Ledger.Select(entry => entry.Cause).Where(cause => cause is not (DiscontinuityCause.Burst or DiscontinuityCause.Drift))
            .ShouldBe(pathology.Ledger, string.Join("; ", recording.Ledger));
        recording.Files.Count.ShouldBe(pathology.NeedsNewFile && !inOneFile ? 2 : 1);

        var written = new Dictionary<int, (int File, double Shown)>();
        double total = 0;
        for (var i = 0; i < recording.Files.Count; i++)
        {
            total += recording.Files[i].Duration.TotalSeconds;
            var expectations = new ContainerExpectations { IsFinished = format != RecordingFormat.FragmentedMp4, StartsWithKeyFrame = i == 0 || !pathology.SplitsPictures };
            Read(recording.Files[i].Path, i, expectations, written);
        }

        total.ShouldBe(pathology.Seconds, 0.15);
        written.Count.ShouldBe(source.Sent.Count, "every frame that was sent is in a file");
        if (pathology.KeepsOffset)
            ShouldKeepOffset(source.Sent, written, pathology.OffsetTolerance);
    }

    private static void Read(string path, int file, ContainerExpectations expectations, Dictionary<int, (int File, double Shown)> written)
    {
        using (var stream = File.OpenRead(path))
        {
            ContainerCheck.Validate(stream, expectations).Where(finding => finding.Severity == FindingSeverity.Error).ShouldBeEmpty();
        }

        using var reader = ContainerFile.Open(File.OpenRead(path));
        var decoded = new Dictionary<int, double>();
        while (reader.TryRead(out var frame))
        {
            if (frame.Kind != FrameKind.Sample)
                continue;
            written.Add(NumberedPayload.Number(frame.Payload.Span), (file, (double)frame.PresentationTime / frame.Track.Timescale));
            var time = (double)frame.DecodeTime / frame.Track.Timescale;
            time.ShouldBeGreaterThanOrEqualTo(decoded.GetValueOrDefault(frame.Track.Id, -100));
            decoded[frame.Track.Id] = time;
        }
    }

    /// <summary>Within a stretch and a file, all frames are moved by the same time, whatever their track.</summary>
    private static void ShouldKeepOffset(List<SentFrame> sent, Dictionary<int, (int File, double Shown)> written, double tolerance)
    {
        foreach (var stretch in sent.GroupBy(frame => (frame.Stretch, written[frame.Number].File)))
        {
            var moves = stretch.GroupBy(frame => frame.Track)
                .Select(track => track.Select(frame => written[frame.Number].Shown - frame.Shown).Order().ToList()).ToList();
            foreach (var track in moves)
                (track[^1] - track[0]).ShouldBeLessThanOrEqualTo(2 * tolerance, $"frames of a track stay together in stretch {stretch.Key}");
            foreach (var end in new Index[] { 0, ^1 })
                (moves.Max(track => track[end]) - moves.Min(track => track[end])).ShouldBeLessThanOrEqualTo(tolerance, $"sound and picture stay together in stretch {stretch.Key}");
        }
    }
}
