using Tapedeck.Containers.Flv;
using Tapedeck.Containers.Mp4;
using Tapedeck.Containers.MpegTs;
using Tapedeck.Containers.Repair;
using Tapedeck.Containers.Tests.Matrix;
using Tapedeck.Containers.Tests.MpegTs;
using Tapedeck.Containers.WebM;
using Tapedeck.Media;

namespace Tapedeck.Containers.Tests;

/// <summary>Script data in MP4, Matroska and MPEG-TS: decision 0013.</summary>
public sealed class ScriptDataTrackTests
{
    public static TheoryData<string> Containers => new() { "mp4", "fmp4", "mkv", "ts" };

    [Theory]
    [MemberData(nameof(Containers))]
    public void What_is_written_is_read_back_at_its_time(string container)
    {
        foreach (var finish in new[] { true, false })
        {
            var file = MatrixFiles.Write(container, Live(start: 0), finish);
            var scripts = Scripts(file);
            scripts.Select(frame => frame.DecodeTime).ShouldBe([0, 500, 1500]);
            ScriptData.Read(scripts[0].Payload.Span).Name.ShouldBe("onMetaData", "the stream's metadata come first");
            ScriptData.Read(scripts[0].Payload.Span).Object!["width"]!.Number.ShouldBe(320);
            scripts.Skip(1).Select(Hex).ShouldBe(MatrixFiles.Script().Select(Hex));
            Media(file).Count.ShouldBe(Live(0).Count(frame => frame.Kind == FrameKind.Sample));
        }
    }

    [Theory]
    [MemberData(nameof(Containers))]
    public void A_stream_that_has_been_live_for_days_has_its_data_at_the_right_place(string container) =>
        Scripts(MatrixFiles.Write(container, Live(start: 200_000))).Select(frame => frame.DecodeTime).ShouldBe([0, 500, 1500]);

    [Theory]
    [MemberData(nameof(Containers))]
    public void A_file_that_was_cut_off_is_mended_and_gone_on_with(string container)
    {
        var image = new DiskImage(MatrixFiles.Write(container, Live(start: 0), finish: false));
        var plan = new DiskPlan();
        IContainerWriter writer = container switch
        {
            "mkv" => MatroskaWriter.Continue(image.Open(), new MatroskaWriterOptions { DocType = MatroskaDocType.Matroska, RecordData = true }, plan),
            "ts" => TsWriter.Continue(image.Open(), new TsWriterOptions { RecordData = true }, plan),
            _ => Mp4Writer.Continue(image.Open(), new Mp4WriterOptions { RecordData = true, Fragmented = container == "fmp4" }, plan),
        };
        image.Apply(plan);
        plan.Clear();
        foreach (var frame in Live(start: 100))
            writer.Add(frame);
        writer.CutFragment(plan, []);
        writer.Finish(plan);
        image.Apply(plan);
        (writer as IDisposable)?.Dispose();
        var scripts = Scripts(image.Bytes);
        scripts.Select(Hex).Skip(1).ShouldBe([.. MatrixFiles.Script().Select(Hex), .. MatrixFiles.Script().Select(Hex)]);
        (scripts[4].DecodeTime - scripts[3].DecodeTime).ShouldBe(1000);
        scripts[3].DecodeTime.ShouldBeInRange(2450, 2550);
        using var repair = ContainerRepair.Analyse(image.Open());
        repair.HasWork.ShouldBeFalse(string.Join(" ", repair.Steps));
        ContainerCheck.Validate(image.Open()).ShouldBeEmpty();
    }

    [Fact]
    public void Without_RecordData_and_in_WebM_there_is_no_such_track()
    {
        foreach (var writer in new IContainerWriter[]
        {
            new Mp4Writer(), new Mp4Writer(new Mp4WriterOptions { RecordData = true, WinQtCompat = true }),
            new MatroskaWriter(new MatroskaWriterOptions { DocType = MatroskaDocType.Matroska }), new TsWriter(), new TsWriter(new TsWriterOptions { Metadata = MatrixFiles.Metadata() }),
        })
        {
            var (image, plan) = (new DiskImage(), new DiskPlan());
            foreach (var frame in Live(0))
                writer.Add(frame);
            writer.CutFragment(plan, []);
            writer.Finish(plan);
            image.Apply(plan);
            (writer as IDisposable)?.Dispose();
            using var reader = ContainerFile.Open(image.Open());
            reader.Tracks.ShouldAllBe(track => track.Kind != TrackKind.Data);
        }
    }

    [Fact]
    public void Nothing_is_written_before_there_is_media()
    {
        using var mp4 = new Mp4Writer(new Mp4WriterOptions { RecordData = true });
        using var matroska = new MatroskaWriter(new MatroskaWriterOptions { DocType = MatroskaDocType.Matroska, RecordData = true });
        foreach (var writer in new IContainerWriter[] { mp4, matroska, new TsWriter(new TsWriterOptions { RecordData = true, Metadata = MatrixFiles.Metadata() }) })
        {
            var plan = new DiskPlan();
            foreach (var frame in MatrixFiles.Script())
                writer.Add(frame);
            writer.CutFragment(plan, []);
            plan.Operations.ShouldBeEmpty();
            writer.Finish(plan);
            plan.Operations.ShouldBeEmpty();
        }
    }

    [Theory]
    [MemberData(nameof(Containers))]
    public void Messages_that_come_after_picture_and_sound_do_not_make_the_file_longer(string container)
    {
        List<MediaFrame> frames = [.. Live(0), MatrixFiles.Script().First() with { DecodeTime = 30_000 }];
        foreach (var finish in new[] { true, false })
        {
            var file = MatrixFiles.Write(container, frames, finish);
            ContainerCheck.Validate(new MemoryStream(file), new ContainerExpectations { IsFinished = finish }).ShouldBeEmpty();
            using var reader = ContainerFile.Open(new MemoryStream(file));
            reader.Duration.TotalSeconds.ShouldBe(2, 0.1);
        }
    }

    [Fact]
    public void Every_kind_of_value_survives_and_a_date_becomes_text()
    {
        // onMetaData { n: 1.5, b: true, t: "ä", list: [1, "x"], numbers: [1, 2], nothing: null, date: 0 ms, inner: { a: 1 } }
        byte[] body =
        [
            2, 0, 10, .. "onMetaData"u8, 8, 0, 0, 0, 8,
            0, 1, .. "n"u8, 0, 0x3F, 0xF8, 0, 0, 0, 0, 0, 0,
            0, 1, .. "b"u8, 1, 1,
            0, 1, .. "t"u8, 2, 0, 2, .. "ä"u8,
            0, 4, .. "list"u8, 10, 0, 0, 0, 2, 0, 0x3F, 0xF0, 0, 0, 0, 0, 0, 0, 2, 0, 1, .. "x"u8,
            0, 7, .. "nothing"u8, 5,
            0, 5, .. "inner"u8, 3, 0, 1, .. "a"u8, 0, 0x3F, 0xF0, 0, 0, 0, 0, 0, 0, 0, 0, 9,
            0, 4, .. "date"u8, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            0, 0, 9,
        ];
        var frames = Live(0);
        frames.Insert(1, new MediaFrame { Track = MatrixFiles.Data, Kind = FrameKind.Script, DecodeTime = 10, Payload = body });
        var read = ScriptData.Read(Scripts(MatrixFiles.Write("mp4", frames))[1].Payload.Span);
        read.IsWhole.ShouldBeTrue();
        read.Name.ShouldBe("onMetaData");
        var values = read.Object!;
        values["n"]!.Number.ShouldBe(1.5);
        values["b"]!.Boolean.ShouldBeTrue();
        values["t"]!.Text.ShouldBe("ä");
        values["list"]!.Items.Select(item => item.Kind).ShouldBe([ScriptKind.Number, ScriptKind.Text]);
        values["nothing"]!.Kind.ShouldBe(ScriptKind.Nothing);
        values["inner"]!["a"]!.Number.ShouldBe(1);
        values["date"]!.Text.ShouldBe("1970-01-01T00:00:00.000Z");
    }

    /// <summary>Two seconds of pictures and sound with the messages of <see cref="MatrixFiles.Script"/>.</summary>
    private static List<MediaFrame> Live(long start) =>
    [
        .. TsShapes.Video(Shapes.H264, new Random(3), start * 90000, 50)
            .Concat(TsShapes.Audio(Shapes.Aac, new Random(4), start * 48000, 94))
            .Concat(MatrixFiles.Script().Select(frame => frame with { DecodeTime = frame.DecodeTime + start * 1000 }))
            .OrderBy(frame => (double)frame.DecodeTime / frame.Track.Timescale),
    ];

    private static List<MediaFrame> Scripts(byte[] file) => Read(file, FrameKind.Script);

    private static List<MediaFrame> Media(byte[] file) => Read(file, FrameKind.Sample);

    private static List<MediaFrame> Read(byte[] file, FrameKind kind)
    {
        using var reader = ContainerFile.Open(new MemoryStream(file));
        var frames = new List<MediaFrame>();
        while (reader.TryRead(out var frame))
        {
            if (frame.Kind == kind)
                frames.Add(frame with { Payload = frame.Payload.ToArray() });
        }

        return frames;
    }

    private static string Hex(MediaFrame frame) => Convert.ToHexString(frame.Payload.Span);
}
