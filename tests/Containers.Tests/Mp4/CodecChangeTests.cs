using System.Buffers.Binary;
using System.Text;
using Tapedeck.Containers.Inspection;
using Tapedeck.Containers.Mp4;
using Tapedeck.Containers.Repair;
using Tapedeck.Containers.Tests.Repair;
using Tapedeck.Media;

namespace Tapedeck.Containers.Tests.Mp4;

/// <summary>Parameters that change in one file: the descriptions, what may change, how such files go on and are mended.</summary>
public sealed class CodecChangeTests
{
    private static readonly List<MediaFrame> Changing = ChangedStream.Frames(
        1, (Shapes.H264, Shapes.Aac, 3), (ChangedStream.Large, Shapes.Aac, 2), (ChangedStream.Large, ChangedStream.Mono, 2), (Shapes.H264, ChangedStream.Mono, 2));

    public static TheoryData<Mp4WriterOptions> Forms =>
    [
        ChangedStream.Options,
        ChangedStream.Options with { Index = Mp4IndexPlace.Front, ExpectedDuration = TimeSpan.FromSeconds(20) },
        ChangedStream.Options with { WinQtCompat = true },
        ChangedStream.Options with { Fragmented = true },
    ];

    [Theory]
    [MemberData(nameof(Forms))]
    public void Every_frame_keeps_its_description(Mp4WriterOptions options)
    {
        var image = new DiskImage();
        using var writer = new Mp4Writer(options);
        ChangedStream.Write(writer, image, Changing);
        using var reader = Mp4Reader.Open(image.Open());
        reader.IsFinished.ShouldBeTrue();
        ChangedStream.ShouldMatch(Recorder.Read(reader), Changing, "finished");
        Descriptions(image.Bytes).ShouldBe([2, 2]);
        Widths(image.Bytes).ShouldBe([640, 0]);
        ContainerCheck.Validate(image.Open()).Where(finding => finding.Severity == FindingSeverity.Error).ShouldBeEmpty();
    }

    [Fact]
    public void The_room_is_16_KiB_once_and_a_fragment_stays_two_writes()
    {
        var image = new DiskImage();
        using var writer = new Mp4Writer(ChangedStream.Options);
        var writes = new List<long>();
        ChangedStream.Write(writer, image, Changing, operation: (operation, _) =>
        {
            if (operation.Kind == DiskOperationKind.Write && operation.Length != 8)
                writes.Add(operation.Offset);
        }, finish: false);
        var plain = new DiskImage();
        using var other = new Mp4Writer(new Mp4WriterOptions { DurationPatchInterval = TimeSpan.FromSeconds(1) });
        ChangedStream.Write(other, plain, Changing[..60], finish: false);
        Foreign.Boxes(plain.Bytes).Take(4).Select(box => box.Type).ShouldBe(["ftyp", "free", "moov", "moof"]);
        var boxes = Foreign.Boxes(image.Bytes);
        boxes.Take(6).Select(box => box.Type).ShouldBe(["ftyp", "free", "free", "moov", "free", "moof"]);
        (boxes[5].Offset - Foreign.Boxes(plain.Bytes)[3].Offset).ShouldBe(16 << 10);

        // Two headers besides the fragments: the second change of pictures goes back to the first description.
        writes.Count(offset => offset > 0 && offset < boxes[5].Offset).ShouldBe(2);
    }

    [Fact]
    public void What_cannot_go_on_asks_for_a_new_file()
    {
        using var writer = new Mp4Writer(ChangedStream.Options);
        using var plain = new Mp4Writer();
        ChangedStream.Write(writer, new DiskImage(), Changing[..60], finish: false);
        ChangedStream.Write(plain, new DiskImage(), Changing[..60], finish: false);
        writer.Judge(ChangedStream.Large).ShouldBe(TrackVerdict.Accepted);
        plain.Judge(ChangedStream.Large).ShouldBe(TrackVerdict.NeedsNewFile);
        plain.WhyNewFile(ChangedStream.Large).ShouldBeNull();
        var shortLengths = ChangedStream.Large.Configuration.ToArray();
        shortLengths[4] = 0xFD;
        Track[] others =
        [
            Shapes.Hevc, Shapes.Vp9, Shapes.Aac44, Shapes.Opus, Shapes.Aac with { Configuration = Convert.FromHexString("11B0"), Channels = 6 },
            ChangedStream.Large with { Configuration = shortLengths }, ChangedStream.Large with { Id = 2 },
        ];
        foreach (var track in others)
        {
            writer.Judge(track).ShouldBe(TrackVerdict.NeedsNewFile, $"{track.Codec} {track.Channels}");
            writer.WhyNewFile(track).ShouldBeNull();
        }
    }

    [Fact]
    public void Used_up_room_asks_for_a_new_file_and_says_so()
    {
        var image = new DiskImage();
        using var writer = new Mp4Writer(ChangedStream.Options);
        var written = new List<MediaFrame>();
        var changes = 0;
        for (var number = 0; ; number++)
        {
            var track = ChangedStream.Numbered(number);
            if (number > 0 && writer.Judge(track) == TrackVerdict.NeedsNewFile)
            {
                writer.WhyNewFile(track)!.ShouldContain("used up");
                break;
            }

            var frames = ChangedStream.Frames(0, (track, Shapes.Aac, 1)).Select(frame => frame with { DecodeTime = frame.DecodeTime + changes * frame.Track.Timescale }).ToList();
            ChangedStream.Write(writer, image, frames, finish: false);
            written.AddRange(frames.Where(frame => frame.Track.Kind == TrackKind.Video));
            changes++;
            Recorder.Read(image.Open()).Count(frame => frame.Track.Kind == TrackKind.Video).ShouldBe(written.Count);
        }

        changes.ShouldBeInRange(8, 12);

        // What is described already still goes on.
        writer.Judge(ChangedStream.Numbered(2)).ShouldBe(TrackVerdict.Accepted);
    }

    [Fact]
    public void Parameter_sets_stand_behind_a_delimiter_and_never_in_other_files()
    {
        byte[] delimiter = [0, 0, 0, 2, 9, 0xF0];
        var frames = Changing.ConvertAll(frame => frame.IsKey && frame.Track.Kind == TrackKind.Video ? frame with { Payload = (byte[])[.. delimiter, .. frame.Payload.Span] } : frame);
        var image = new DiskImage();
        using (var writer = new Mp4Writer(ChangedStream.Options))
            ChangedStream.Write(writer, image, frames);
        var keys = Recorder.Read(image.Open()).Where(frame => frame.Track.Kind == TrackKind.Video && frame.IsKey).ToList();
        keys.Count.ShouldBe(9);
        foreach (var key in keys)
            key.Payload.Span.StartsWith((byte[])[.. delimiter, .. ChangedStream.Sets(key.Track)]).ShouldBeTrue();
        var plain = new DiskImage();
        using (var writer = new Mp4Writer())
            ChangedStream.Write(writer, plain, Changing[..60]);
        Mp4Files.ShouldMatch(Recorder.Read(plain.Open()), Changing[..60], "without the option");
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_changed_file_goes_on_in_what_it_knows_and_in_what_is_new(Mp4WriterOptions options)
    {
        foreach (var finished in new[] { false, true })
        {
            var image = new DiskImage();
            using (var writer = new Mp4Writer(options))
                ChangedStream.Write(writer, image, Changing, finish: finished);
            var written = new List<MediaFrame>(Changing);
            foreach (var track in new[] { ChangedStream.Large, ChangedStream.Numbered(3), ChangedStream.Numbered(4) })
            {
                var plan = new DiskPlan();
                var before = Recorder.Read(image.Open());
                using var writer = Mp4Writer.Continue(image.Open(), options, plan);
                foreach (var state in Foreign.Stops(image.Bytes, plan))
                    Recorder.Read(new MemoryStream(state)).Count.ShouldBe(before.Count);
                image.Apply(plan);
                var more = ChangedStream.Frames(2, (track, ChangedStream.Mono, 2));
                ChangedStream.Write(writer, image, more, committed => Recorder.Read(image.Open()).Count.ShouldBe(before.Count + committed), finish: finished);
                written.AddRange(more);
            }

            var read = Recorder.Read(image.Open());
            foreach (var id in new[] { 1, 101 })
                ChangedStream.Listing(read, id).ShouldBe(ChangedStream.Listing(ChangedStream.AsWritten(written), id));
            if (!finished || options.Fragmented)
                Descriptions(image.Bytes)[0].ShouldBe(4);
            Foreign.Mend(image.Bytes, out _).Length.ShouldBeGreaterThan(0);
        }
    }

    [Fact]
    public void Without_the_option_an_older_file_takes_what_it_knows_only()
    {
        var image = new DiskImage();
        using (var writer = new Mp4Writer(ChangedStream.Options))
            ChangedStream.Write(writer, image, Changing);
        using var known = Mp4Writer.Continue(image.Open(), new Mp4WriterOptions(), new DiskPlan());
        known.Judge(ChangedStream.Large).ShouldBe(TrackVerdict.Accepted);
        known.Judge(Shapes.H264).ShouldBe(TrackVerdict.NeedsNewFile);
        using var other = Mp4Writer.Continue(image.Open(), new Mp4WriterOptions(), new DiskPlan());
        other.Judge(ChangedStream.Numbered(5)).ShouldBe(TrackVerdict.NeedsNewFile);

        // A file that was begun without room.
        var plain = new DiskImage();
        using (var writer = new Mp4Writer())
            ChangedStream.Write(writer, plain, Changing[..100]);
        using var late = Mp4Writer.Continue(plain.Open(), ChangedStream.Options, new DiskPlan());
        late.Judge(ChangedStream.Large).ShouldBe(TrackVerdict.NeedsNewFile);
        late.Judge(Shapes.H264).ShouldBe(TrackVerdict.Accepted);
        late.Judge(ChangedStream.Large).ShouldBe(TrackVerdict.NeedsNewFile);
        late.WhyNewFile(ChangedStream.Large)!.ShouldContain("no room");
    }

    [Fact]
    public void Only_zeros_are_taken_for_room()
    {
        var image = new DiskImage();
        using (var writer = new Mp4Writer(ChangedStream.Options))
            ChangedStream.Write(writer, image, Changing[..100], finish: false);
        var bytes = image.Bytes;
        var room = Foreign.Boxes(bytes)[3];
        room.Type.ShouldBe("free");
        bytes[room.Offset + 5000] = 1;
        using var late = Mp4Writer.Continue(new MemoryStream(bytes), ChangedStream.Options, new DiskPlan());
        late.Judge(ChangedStream.Large).ShouldBe(TrackVerdict.NeedsNewFile);
        using var well = Mp4Writer.Continue(image.Open(), ChangedStream.Options, new DiskPlan());
        well.Judge(ChangedStream.Large).ShouldBe(TrackVerdict.Accepted);
    }

    [Fact]
    public void A_torn_file_with_two_descriptions_is_mended_wherever_it_was_cut()
    {
        var image = new DiskImage();
        using (var writer = new Mp4Writer(ChangedStream.Options))
            ChangedStream.Write(writer, image, Changing, finish: false);
        var bytes = image.Bytes;
        var first = Foreign.Boxes(bytes).First(box => box.Type == "moof").Offset;
        var whole = Recorder.Read(image.Open());
        for (var cut = bytes.Length; cut > first + 4000; cut -= 1777)
        {
            var mended = Foreign.Mend(bytes[..cut], out _);
            using var reader = Mp4Reader.Open(new MemoryStream(mended));
            reader.IsFinished.ShouldBeTrue();
            var read = Recorder.Read(reader);
            foreach (var id in new[] { 1, 101 })
            {
                var found = ChangedStream.Listing(read, id);
                found.ShouldBe(ChangedStream.Listing(whole, id)[..found.Count]);
            }
        }
    }

    [Fact]
    public void The_inspector_shows_what_changes_where()
    {
        var image = new DiskImage();
        using (var writer = new Mp4Writer(ChangedStream.Options))
            ChangedStream.Write(writer, image, Changing);
        var report = MediaInspector.Inspect(image.Open(), MediaInspector.DefaultGap);
        report.Problems.ShouldBeEmpty();
        report.Tracks[0].Changes.ShouldBe(2);
        report.Tracks[0].Parts.Select(part => (Math.Round(part.Start.TotalSeconds, 1), part.Track.Width)).ShouldBe([(0, 320), (3, 640), (7, 320)]);
        report.Tracks[1].Changes.ShouldBe(1);
        report.Tracks[1].Parts.Select(part => (Math.Round(part.Start.TotalSeconds, 1), part.Track.Channels)).ShouldBe([(0, 2), (5, 1)]);
    }

    /// <summary>How many descriptions the header has, track by track.</summary>
    private static List<int> Descriptions(byte[] file) => Find(file, "stsd").ConvertAll(body => BinaryPrimitives.ReadInt32BigEndian(body.AsSpan(4)));

    /// <summary>Width of the header of each track (version 0), in pixels.</summary>
    private static List<int> Widths(byte[] file) => Find(file, "tkhd").ConvertAll(body => BinaryPrimitives.ReadInt32BigEndian(body.AsSpan(76)) >> 16);

    /// <summary>What follows on the name of such boxes in the moov that readers use.</summary>
    private static List<byte[]> Find(byte[] file, string type)
    {
        var (_, start, length) = Foreign.Boxes(file).First(found => found.Type == "moov");
        var found = new List<byte[]>();
        for (var at = start; at < start + length - 4; at++)
        {
            if (file.AsSpan(at, 4).SequenceEqual(Encoding.ASCII.GetBytes(type)))
                found.Add(file[(at + 4)..(start + length)]);
        }

        return found;
    }
}
