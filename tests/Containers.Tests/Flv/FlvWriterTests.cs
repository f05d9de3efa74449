using Tapedeck.Containers.Flv;
using Tapedeck.Media;
using static Tapedeck.Containers.Tests.Flv.FlvPackets;

namespace Tapedeck.Containers.Tests.Flv;

public sealed class FlvWriterTests
{
    /// <summary>A stream as encoders send it: headers, then 25 pictures and 43 sounds a second.</summary>
    internal static List<MediaFrame> Stream(int seconds, long start = 0, byte[]? metadata = null)
    {
        var sink = new FrameList();
        var parser = new FlvPacketParser(sink);
        parser.Data(start, metadata ?? Script());
        parser.Video(start, Video("1700000000", AvcRecord));
        parser.Audio(start, Video("AF00", AacRecord));
        for (int video = 0, audio = 0; video < seconds * 25;)
        {
            if (video * 40 <= audio * 23)
            {
                parser.Video(start + video * 40, Video(video % 25 == 0 ? "1701000050" : "2701000000", [.. Units, 0, 0, 0, 2, 1, (byte)video]));
                video++;
            }
            else
            {
                parser.Audio(start + audio * 23, new byte[] { 0xAF, 1, 1, (byte)audio });
                audio++;
            }
        }

        return sink.Frames;
    }

    internal static byte[] Write(IEnumerable<MediaFrame> frames, FlvWriterOptions? options = null, int cutEvery = 70, bool finish = true)
    {
        var writer = new FlvWriter(options);
        return Write(writer, new PlanFile(), frames, cutEvery, finish);
    }

    internal static byte[] Write(FlvWriter writer, PlanFile file, IEnumerable<MediaFrame> frames, int cutEvery = 70, bool finish = true)
    {
        var plan = new DiskPlan();
        var count = 0;
        foreach (var frame in frames)
        {
            writer.Judge(frame.Track).ShouldBe(TrackVerdict.Accepted);
            writer.Add(in frame);
            if (++count % cutEvery == 0)
            {
                writer.CutFragment(plan, []);
                file.Run(plan);
                writer.Length.ShouldBe(file.Bytes.Length);
            }
        }

        if (finish)
            writer.Finish(plan);
        file.Run(plan);
        return file.Bytes;
    }

    [Fact]
    public void Tags_are_those_received_and_start_at_0()
    {
        var frames = Stream(3, 5_000_000_000);
        var file = Write(frames);
        var tags = FrameList.Tags(file);
        file[4].ShouldBe((byte)5);
        tags[0].Type.ShouldBe(FlvTagType.Script);
        // Metadata and the two sequence headers are at the front; they are not written twice.
        tags.Skip(1).Select(tag => Convert.ToHexString(tag.Body)).ShouldBe(frames.Skip(1).Select(frame => Convert.ToHexString(frame.Packet.Span)));
        tags.Skip(1).Select(tag => (long)tag.Time).ShouldBe(frames.Skip(1).Select(frame => FlvTime.TagTime(in frame) - 5_000_000_000));
    }

    [Fact]
    public void Reader_finds_the_frames_again()
    {
        var frames = Stream(3);
        var file = Write(frames);
        var again = FrameList.Read(file).Skip(1).ToList();
        again.Count.ShouldBe(frames.Count - 1);
        for (var i = 0; i < again.Count; i++)
        {
            var expected = frames[i + 1];
            (again[i].Kind, again[i].Flags, again[i].DecodeTime, again[i].PresentationOffset, again[i].Track.Id)
                .ShouldBe((expected.Kind, expected.Flags, expected.DecodeTime, expected.PresentationOffset, expected.Track.Id));
            again[i].Payload.ToArray().ShouldBe(expected.Payload.ToArray());
        }
    }

    [Fact]
    public void Header_tells_duration_size_and_index_when_finished()
    {
        var file = Write(Stream(30), new FlvWriterOptions { IndexCapacity = 8, IndexInterval = TimeSpan.FromSeconds(2) });
        using var reader = FlvReader.Open(new MemoryStream(file));
        var properties = reader.Metadata!.Object!;
        reader.IsFinished.ShouldBeTrue();
        reader.Duration.TotalSeconds.ShouldBe(30, 0.1);
        properties["filesize"]!.Number.ShouldBe(file.Length);
        properties["width"]!.Number.ShouldBe(64);
        properties["audiosamplerate"]!.Number.ShouldBe(44_100);
        var times = properties["keyframes"]!["times"]!.Numbers;
        var positions = properties["keyframes"]!["filepositions"]!.Numbers;
        times.Length.ShouldBe(8);
        times.Distinct().Count().ShouldBeGreaterThan(4);
        times.ShouldBeInOrder();
        for (var i = 0; i < times.Length; i++)
        {
            var at = (int)positions[i];
            (file[at], file[at + 11], file[at + 12]).ShouldBe(((byte)9, (byte)0x17, (byte)1));
            (file[at + 4] << 16 | file[at + 5] << 8 | file[at + 6]).ShouldBe((int)Math.Round(times[i] * 1000));
        }
    }

    [Fact]
    public void Unfinished_file_has_no_index_and_a_recent_duration()
    {
        var file = Write(Stream(25), finish: false);
        using var reader = FlvReader.Open(new MemoryStream(file));
        reader.IsFinished.ShouldBeFalse();
        reader.Metadata!.Object!["keyframes"].ShouldBeNull();
        reader.Metadata.Object["duration"]!.Number.ShouldBeInRange(15, 25);
        reader.Duration.TotalSeconds.ShouldBe(25, 1.5);
    }

    [Fact]
    public void Streams_metadata_is_merged_and_repetitions_left_out()
    {
        // duration 7 (ours wins), width 1920 (theirs wins), encoder "x", an object, a date.
        var metadata = Hex("02000A6F6E4D65746144617461 08 00000004" + "0008 6475726174696F6E 00 401C000000000000" + "0005 7769647468 00 409E000000000000"
            + "0007 656E636F646572 02 0001 78" + "0001 6F 03 0001 61 05 000009" + "0001 64 0B 4000000000000000 0000" + "000009");
        var frames = Stream(2, 0, metadata);
        frames.Insert(60, frames[0]);
        frames.Insert(70, frames[0] with { Packet = Script(), Payload = Script() });
        var tags = FrameList.Tags(Write(frames));
        var properties = ScriptData.Read(tags[0].Body).Object!;
        properties["duration"]!.Number.ShouldBe(2, 0.1);
        properties["width"]!.Number.ShouldBe(1920);
        properties["height"]!.Number.ShouldBe(48);
        properties["encoder"]!.Text.ShouldBe("x");
        properties["o"]!["a"]!.Kind.ShouldBe(ScriptKind.Nothing);
        properties["d"]!.Number.ShouldBe(2);
        tags.Skip(1).Where(tag => tag.Type == FlvTagType.Script).Select(tag => tag.Body).ShouldHaveSingleItem().ShouldBe(Script());
    }

    [Fact]
    public void Data_can_be_left_out()
    {
        var frames = Stream(1);
        frames.Insert(20, frames[0] with { Packet = Script("onCuePoint"), Payload = Script("onCuePoint") });
        FrameList.Tags(Write(frames)).Count(tag => tag.Type == FlvTagType.Script).ShouldBe(2);
        FrameList.Tags(Write(frames, new FlvWriterOptions { RecordData = false })).Count(tag => tag.Type == FlvTagType.Script).ShouldBe(1);
    }

    [Fact]
    public void Start_in_the_middle_writes_headers_and_a_change_goes_into_the_same_file()
    {
        var sink = new FrameList();
        var parser = new FlvPacketParser(sink);
        var frames = Stream(2).Where(frame => frame.Kind == FrameKind.Sample).Skip(20).ToList();
        parser.Video(4000, FourCc("90", "hvc1", HevcRecord));
        parser.Video(4000, FourCc("93", "hvc1", Units));
        parser.Video(4040, FourCc("90", "hvc1", HevcRecord));
        var tags = FrameList.Tags(Write(frames.Concat(sink.Frames)));
        tags[1].Body.ShouldBe(Video("1700000000", AvcRecord));
        tags[2].Body.ShouldBe(Video("AF00", AacRecord));
        tags[^3].Body.ShouldBe(FourCc("90", "hvc1", HevcRecord));
        tags[^2].Body.ShouldBe(FourCc("93", "hvc1", Units));
        tags[^1].Body.ShouldBe(FourCc("90", "hvc1", HevcRecord));
    }

    [Fact]
    public void An_empty_first_header_stays_in_front_of_the_right_one()
    {
        var sink = new FrameList();
        var parser = new FlvPacketParser(sink);
        byte[][] packets = [FourCc("90", "av01"), FourCc("90", "av01", Av1Record), FourCc("91", "av01", Av1Key)];
        foreach (var packet in packets)
            parser.Video(0, packet);
        var tags = FrameList.Tags(Write(sink.Frames));
        tags.Skip(1).Select(tag => tag.Body).ShouldBe(packets);
    }

    [Fact]
    public void Frames_of_other_protocols_are_built()
    {
        var video = FlvPacketBuilderTests.MakeTrack(Codec.H264, AvcRecord, 0, 0, 0);
        var audio = FlvPacketBuilderTests.MakeTrack(Codec.Opus, OpusRecord, 48_000, 2, 0) with { Id = 2, FrameDuration = 960 };
        MediaFrame[] frames =
        [
            new() { Track = video, DecodeTime = 900_000, Kind = FrameKind.Sample, Flags = FrameFlags.Key, Payload = Units, PresentationOffset = 3600 },
            new() { Track = audio, DecodeTime = 480_960, Kind = FrameKind.Sample, Flags = FrameFlags.Key, Payload = new byte[] { 0xF8 } },
            new() { Track = video, DecodeTime = 903_600, Kind = FrameKind.Sample, Payload = Units },
        ];
        var again = FrameList.Read(Write(frames));
        again.Count(frame => frame.Kind == FrameKind.Configuration).ShouldBe(2);
        var samples = again.Where(frame => frame.Kind == FrameKind.Sample).ToList();
        samples.Select(frame => frame.Payload.Length).ShouldBe([Units.Length, 1, Units.Length]);
        samples.Select(frame => frame.Track.Codec).ShouldBe([Codec.H264, Codec.Opus, Codec.H264]);
        // The sound is presented first, 20 ms after the first decode time.
        samples.Select(frame => frame.PresentationTime).ShouldBe([1800L, 0, 1800]);
    }

    [Fact]
    public void Multitrack_packets_are_written_once()
    {
        var sink = new FrameList();
        var parser = new FlvPacketParser(sink);
        byte[] header = FourCc("9510", "mp4a", [0, 0, 0, 2, .. AacRecord, 1, 0, 0, 2, .. AacMonoRecord]);
        byte[] samples = FourCc("9511", "mp4a", 0, 0, 0, 1, 7, 1, 0, 0, 1, 8);
        parser.Audio(0, header);
        parser.Audio(0, samples);
        parser.Audio(23, samples);
        var tags = FrameList.Tags(Write(sink.Frames));
        tags.Skip(3).Select(tag => tag.Body).ShouldBe([header, samples, samples]);
        // Without the frame that carries the packet, the rest is built.
        tags = FrameList.Tags(Write(sink.Frames.Where(frame => frame.Track.Id == 102 && frame.Kind == FrameKind.Sample)));
        tags.Skip(1).Select(tag => tag.Body).ShouldBe([FourCc("9500", "mp4a", [1, .. AacMonoRecord]), FourCc("9501", "mp4a", 1, 8), FourCc("9501", "mp4a", 1, 8)]);
    }

    [Fact]
    public void Silence_end_of_sequence_and_late_tracks()
    {
        var frames = Stream(1).Where(frame => frame.Track.Kind == TrackKind.Video).ToList();
        var video = Write(frames, cutEvery: 10);
        video[4].ShouldBe((byte)1);
        var sink = new FrameList();
        var parser = new FlvPacketParser(sink);
        parser.Audio(1000, Hex("72D5"));
        parser.Audio(1020, default);
        parser.Video(1020, Hex("1702000000"));
        var file = Write(frames.Concat(sink.Frames), cutEvery: 10);
        file[4].ShouldBe((byte)5);
        var tags = FrameList.Tags(file);
        tags[^2].Body.ShouldBeEmpty();
        tags[^1].Body.ShouldBe(Hex("1702000000"));
    }

    [Fact]
    public void Verdicts()
    {
        var writer = new FlvWriter();
        writer.Judge(FlvPacketBuilderTests.MakeTrack(Codec.Vorbis, [1], 48_000, 2, 0)).ShouldBe(TrackVerdict.Unsupported);
        writer.Judge(FlvPacketBuilderTests.MakeTrack(Codec.Aac, AacRecord, 44_100, 2, 0)).ShouldBe(TrackVerdict.Accepted);
        writer.Judge(FlvPacketBuilderTests.MakeTrack(Codec.Aac, AacRecord, 44_100, 2, 0) with { Id = 7 }).ShouldBe(TrackVerdict.Unsupported);
        writer.Judge(FlvPacketBuilderTests.MakeTrack(Codec.Unknown, [], 0, 0, 0)).ShouldBe(TrackVerdict.Accepted);
    }

    [Fact]
    public void A_fragment_is_one_write_a_sync_and_four_bytes_and_nothing_is_none()
    {
        var writer = new FlvWriter();
        var plan = new DiskPlan();
        writer.CutFragment(plan, []);
        plan.Operations.ShouldBeEmpty();
        foreach (var frame in Stream(2))
            writer.Add(in frame);
        writer.CutFragment(plan, []);
        plan.Operations.Select(operation => (operation.Kind, operation.Length)).ShouldBe(
            [(DiskOperationKind.Write, writer.Length), (DiskOperationKind.Sync, 0), (DiskOperationKind.Write, 4)]);
        writer.Duration.TotalMilliseconds.ShouldBe(2000, 100);
        plan.Clear();
        foreach (var frame in Stream(12, 2000))
            writer.Add(in frame);
        writer.CutFragment(plan, []);

        // So many tags are not hidden: nobody could find their beginning from the end of the file.
        plan.Operations.Count.ShouldBe(2);
        plan.Operations[1].Length.ShouldBe(27);
        new FlvWriter().Finish(plan);
        Should.NotThrow(() => writer.Finish(plan));
        Should.Throw<ObjectDisposedException>(() => writer.Finish(plan));
    }

    [Fact]
    public void Empty_file_is_a_file()
    {
        var file = Write([]);
        FrameList.Read(file).ShouldHaveSingleItem().Kind.ShouldBe(FrameKind.Script);
    }
}
