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

    public static TheoryData<string, RecordingFormat, CodecChange> Changes()
    {
        var cases = new TheoryData<string, RecordingFormat, CodecChange>();
        foreach (var pathology in Pathology.All.Where(pathology => pathology.NeedsNewFile))
        {
            foreach (var format in new[] { RecordingFormat.Mp4, RecordingFormat.FragmentedMp4, RecordingFormat.Flv, RecordingFormat.MpegTs, RecordingFormat.Matroska })
            {
                // A transport stream that begins between two key frames does not describe its pictures until the next one: readers pass them over.
                if (format != RecordingFormat.MpegTs || !pathology.SplitsPictures)
                    cases.Add(pathology.Name, format, CodecChange.NewFile);
                cases.Add(pathology.Name, format, CodecChange.SameFile);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task A_change_goes_where_the_option_says(string name, RecordingFormat format, CodecChange change)
    {
        var recording = await RecordAsync(Array.Find(Pathology.All, p => p.Name == name)!, format, _ => { }, change);
        var entry = recording.Ledger.Single(entry => entry.Cause is DiscontinuityCause.SizeChanged or DiscontinuityCause.TrackChanged);
        entry.Detail.ShouldEndWith(recording.Files.Count == 1 ? ", in the same file" : ", in a new file");
    }

    [Fact]
    public async Task A_file_without_room_for_another_change_says_so()
    {
        _bench.RealFormat = ContainerFormat.Of(RecordingFormat.Mp4);
        _bench.Settings = new RecordingSettings { MaxLagBytes = 1 << 30 };
        var source = new ScriptedSource(_bench.Stream);
        var recording = await _bench.RecordAsync(
            () =>
            {
                source.Live(1);
                for (var i = 0; i < 14; i++)
                {
                    source.Video = source.Video with { Configuration = Pathology.Other(source.Video) };
                    source.Live(1);
                }
            },
            new RecordingOptions { CodecChange = CodecChange.SameFile });
        recording.Error.ShouldBeNull();
        recording.Files.Count.ShouldBe(2);
        var changes = recording.Ledger.Where(entry => entry.Cause == DiscontinuityCause.TrackChanged).Select(entry => entry.Detail).ToList();
        changes.Count.ShouldBe(14);
        changes.Count(detail => detail.EndsWith(", in the same file", StringComparison.Ordinal)).ShouldBe(13);
        changes.Single(detail => detail.Contains("in a new file", StringComparison.Ordinal)).ShouldContain("the room for another header is used up");
    }

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

    private async Task<ActiveRecording> RecordAsync(Pathology pathology, RecordingFormat format, Action<ScriptedSource> prepare, CodecChange? change = null)
    {
        _bench.RealFormat = ContainerFormat.Of(format);
        _bench.Settings = new RecordingSettings { MaxLagBytes = 1 << 30 };
        var source = new ScriptedSource(_bench.Stream);
        prepare(source);
        var recording = await _bench.RecordAsync(() => pathology.Script(source), new RecordingOptions { CodecChange = change });

        recording.Error.ShouldBeNull();
        var inOneFile = change switch
        {
            CodecChange.NewFile => false,
            CodecChange.SameFile when format is RecordingFormat.Mp4 or RecordingFormat.FragmentedMp4 => pathology.CanGoOn,
            _ => format is RecordingFormat.Flv or RecordingFormat.MpegTs,
        };
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
        return recording;
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
