using Tapedeck.Containers.Flv;
using Tapedeck.Media;
using static Tapedeck.Containers.Tests.Flv.FlvPackets;

namespace Tapedeck.Containers.Tests.Flv;

public sealed class FlvPacketParserTests
{
    private readonly FrameList _sink = new();
    private readonly FlvPacketParser _parser;

    public FlvPacketParserTests() => _parser = new FlvPacketParser(_sink);

    private List<MediaFrame> Frames => _sink.Frames;

    /// <summary>Name, codec, packets of one stream; what kinds come out.</summary>
    public static TheoryData<string, TrackKind, Codec, byte[][], string> Streams => new()
    {
        { "H.264", TrackKind.Video, Codec.H264, [Video("1700000000", AvcRecord), Video("1701000050", Units), Hex("1702000000")], "CSO" },
        { "HEVC by number", TrackKind.Video, Codec.Hevc, [Video("1C00000000", HevcRecord), Video("1C01000000", Units)], "CS" },
        { "AV1 by number", TrackKind.Video, Codec.Av1, [Video("1D00000000", Av1Record), Video("1D01000000", Av1Key)], "CS" },
        { "avc1", TrackKind.Video, Codec.H264, [FourCc("90", "avc1", AvcRecord), FourCc("91", "avc1", [0, 0, 80, .. Units]), FourCc("A3", "avc1", Units)], "CSS" },
        { "hvc1", TrackKind.Video, Codec.Hevc, [FourCc("90", "hvc1", HevcRecord), FourCc("91", "hvc1", [0, 0, 80, .. Units]), FourCc("92", "hvc1")], "CSO" },
        { "vvc1", TrackKind.Video, Codec.Vvc, [FourCc("90", "vvc1", VvcRecord), FourCc("93", "vvc1", Units)], "CS" },
        { "av01", TrackKind.Video, Codec.Av1, [FourCc("90", "av01"), FourCc("90", "av01", Av1Record), FourCc("91", "av01", [0x12, 0, .. Av1Key])], "OCS" },
        { "av01 from its key frame", TrackKind.Video, Codec.Av1, [FourCc("90", "av01"), FourCc("91", "av01", Av1Key)], "OS" },
        { "vp08", TrackKind.Video, Codec.Vp8, [FourCc("91", "vp08", Vp8Key), FourCc("A1", "vp08", 0x11, 2, 3)], "SS" },
        { "vp09", TrackKind.Video, Codec.Vp9, [FourCc("90", "vp09", VpRecord), FourCc("91", "vp09", Vp9Key)], "CS" },
        { "vp09 with box header", TrackKind.Video, Codec.Vp9, [FourCc("90", "vp09", [1, 0, 0, 0, .. VpRecord])], "C" },
        { "colour information", TrackKind.Video, Codec.H264, [Video("1700000000", AvcRecord), FourCc("D4", "avc1", Script("colorInfo"))], "CO" },
        { "video command", TrackKind.Video, Codec.H264, [Video("1700000000", AvcRecord), Hex("5700"), Hex("D100")], "COO" },
        { "Sorenson H.263", TrackKind.Video, Codec.Unknown, [Hex("12AABB"), Hex("22AABB")], "SS" },
        { "unknown video name", TrackKind.Video, Codec.Unknown, [FourCc("90", "xyz1", 1, 2), FourCc("91", "xyz1", 1, 2)], "CS" },
        { "AAC", TrackKind.Audio, Codec.Aac, [Video("AF00", AacRecord), Hex("AF01AABB"), Hex("AF01"), []], "CSOO" },
        { "mp4a", TrackKind.Audio, Codec.Aac, [FourCc("90", "mp4a", AacRecord), FourCc("91", "mp4a", 1, 2), FourCc("92", "mp4a")], "CSO" },
        { "MP3", TrackKind.Audio, Codec.Mp3, [Video("2F", Mp3Frame)], "S" },
        { "MP3 in pieces", TrackKind.Audio, Codec.Mp3, [Hex("2B112233")], "S" },
        { ".mp3", TrackKind.Audio, Codec.Mp3, [FourCc("91", ".mp3", Mp3Frame)], "S" },
        { "A-law", TrackKind.Audio, Codec.G711A, [Hex("72D5D5")], "S" },
        { "mu-law", TrackKind.Audio, Codec.G711U, [Hex("82FFFF")], "S" },
        { "Speex", TrackKind.Audio, Codec.Speex, [Hex("B6AABB")], "S" },
        { "Opus", TrackKind.Audio, Codec.Opus, [FourCc("90", "Opus", OpusRecord), FourCc("94", "Opus", 1, 1, 0, 0, 0, 4), FourCc("91", "Opus", 0xF8, 1)], "COS" },
        { "Opus without head", TrackKind.Audio, Codec.Opus, [FourCc("90", "Opus"), FourCc("91", "Opus", 0xF8, 1)], "OS" },
        { "FLAC", TrackKind.Audio, Codec.Flac, [FourCc("90", "fLaC", [.. "fLaC"u8, 0x80, 0, 0, 34, .. FlacRecord]), FourCc("91", "fLaC", 0xFF, 0xF8)], "CS" },
        { "AC-3", TrackKind.Audio, Codec.Ac3, [FourCc("91", "ac-3", Ac3Frame)], "S" },
        { "E-AC-3", TrackKind.Audio, Codec.Eac3, [FourCc("91", "ec-3", Eac3Frame)], "S" },
        { "PCM", TrackKind.Audio, Codec.Unknown, [Hex("3F0000")], "S" },
        { "unknown sound name", TrackKind.Audio, Codec.Unknown, [FourCc("90", "zzzz", 1), FourCc("91", "zzzz", 1)], "CS" },
    };

    [Theory]
    [MemberData(nameof(Streams))]
    public void Packets_become_frames_that_carry_them(string name, TrackKind kind, Codec codec, byte[][] packets, string kinds)
    {
        foreach (var packet in packets)
            Push(kind, 40, packet);

        string.Concat(Frames.Select(frame => frame.Kind.ToString()[0])).ShouldBe(kinds, name);
        Frames.SelectMany(frame => frame.Packet.ToArray()).ShouldBe(packets.SelectMany(packet => packet));
        Frames[^1].Track.Codec.ShouldBe(codec);
        Frames.ShouldAllBe(frame => frame.Track.Kind == kind && frame.Track.Id == (kind == TrackKind.Video ? 1 : 101));
        Frames.ShouldAllBe(frame => (frame.Kind == FrameKind.Sample) == (frame.Payload.Length > 0));
        _parser.MalformedPackets.ShouldBe(0);
        _parser.UnannouncedPackets.ShouldBe(0);
    }

    [Fact]
    public void Video_track_is_described()
    {
        Push(TrackKind.Video, 0, Video("1700000000", AvcRecord));
        var track = Frames[0].Track;
        (track.Width, track.Height, track.Timescale).ShouldBe((64, 48, 90_000));
        track.Configuration.ToArray().ShouldBe(AvcRecord);
        track.ConfigurationPacket.ToArray().ShouldBe(Video("1700000000", AvcRecord));

        Push(TrackKind.Video, 0, FourCc("90", "hvc1", HevcRecord));
        (Frames[1].Track.Width, Frames[1].Track.Height).ShouldBe((64, 48));
    }

    [Fact]
    public void Audio_tracks_are_described()
    {
        Push(TrackKind.Audio, 0, Video("AF00", AacRecord));
        var aac = Frames[0].Track;
        (aac.SampleRate, aac.Channels, aac.FrameDuration, aac.Timescale).ShouldBe((44_100, 2, 1024, 44_100));
        Push(TrackKind.Audio, 0, Video("2F", Mp3Frame));
        var mp3 = Frames[1].Track;
        (mp3.SampleRate, mp3.Channels, mp3.FrameDuration).ShouldBe((44_100, 1, 1152));
        Push(TrackKind.Audio, 0, Hex("8355"));
        (Frames[2].Track.SampleRate, Frames[2].Track.Channels).ShouldBe((8000, 2));
        Push(TrackKind.Audio, 0, FourCc("91", "Opus", 0xF8, 1));
        (Frames[3].Track.SampleRate, Frames[3].Track.Channels).ShouldBe((48_000, 2));
        Push(TrackKind.Audio, 0, FourCc("90", "fLaC", [.. "fLaC"u8, 0x80, 0, 0, 34, .. FlacRecord]));
        Frames[4].Track.Configuration.ToArray().ShouldBe(FlacRecord);
        Frames[4].Track.FrameDuration.ShouldBe(4096);
    }

    [Fact]
    public void He_aac_counts_in_its_output_rate()
    {
        Push(TrackKind.Audio, 0, Video("AF00", Hex("2B920800")));
        var track = Frames[0].Track;
        (track.SampleRate, track.Timescale, track.FrameDuration, track.Channels).ShouldBe((44_100, 44_100, 2048, 2));
    }

    [Theory]
    [InlineData("vp08", 320, 240)]
    [InlineData("vp09", 320, 240)]
    public void Key_frame_tells_the_size_that_no_record_told(string name, int width, int height)
    {
        Push(TrackKind.Video, 0, FourCc("90", name, VpRecord));
        Push(TrackKind.Video, 0, FourCc("91", name, name == "vp08" ? Vp8Key : Vp9Key));
        Push(TrackKind.Video, 0, FourCc("90", name, VpRecord));
        (Frames[1].Track.Width, Frames[1].Track.Height).ShouldBe((width, height));
        Frames[1].Track.Configuration.ToArray().ShouldBe(VpRecord);
        Frames[2].Track.ShouldBeSameAs(Frames[1].Track);
    }

    [Fact]
    public void Repeated_sequence_header_keeps_the_track()
    {
        Push(TrackKind.Video, 0, Video("1700000000", AvcRecord));
        Push(TrackKind.Video, 40, Video("1700000000", AvcRecord));
        Push(TrackKind.Audio, 0, Video("AF00", AacRecord));
        Push(TrackKind.Audio, 0, Video("AF00", AacMonoRecord));
        Frames[1].Track.ShouldBeSameAs(Frames[0].Track);
        Frames[3].Track.ShouldNotBeSameAs(Frames[2].Track);
        Frames[3].Track.Channels.ShouldBe(1);
        _parser.Tracks.ShouldBe([Frames[1].Track, Frames[3].Track]);
    }

    [Fact]
    public void Flags_and_times()
    {
        Push(TrackKind.Video, 0, Video("1700000000", AvcRecord));
        Push(TrackKind.Video, 1001, Video("1701FFFFD8", Units));
        Push(TrackKind.Video, 1041, Video("3701000028", Units));
        Frames[1].IsKey.ShouldBeTrue();
        (Frames[1].DecodeTime, Frames[1].PresentationOffset).ShouldBe((90_090, -3600));
        Frames[2].Flags.ShouldBe(FrameFlags.Disposable);
        Frames[2].PresentationOffset.ShouldBe(3600);
        Push(TrackKind.Audio, 7, Hex("B6AA"));
        Frames[3].IsKey.ShouldBeTrue();
    }

    [Fact]
    public void ModEx_moves_the_frame_by_nanoseconds_and_its_tag_time_stays()
    {
        Push(TrackKind.Audio, 0, FourCc("90", "Opus", OpusRecord));
        // Size 3, 500,000 ns, type 0, next type CodedFrames; and one with a size of 256 that is unknown, before it.
        byte[] unknown = [0xFF, 0, 255, .. new byte[256], 0x17];
        Push(TrackKind.Audio, 1000, FourCc("97" + Convert.ToHexString(unknown) + "02" + "07A120" + "01", "Opus", 0xF8, 1));
        Frames[1].Kind.ShouldBe(FrameKind.Sample);
        Frames[1].DecodeTime.ShouldBe(48_024);
        FlvTime.TagTime(Frames[1]).ShouldBe(1000);
        Frames[1].Payload.ToArray().ShouldBe([0xF8, 1]);
    }

    [Fact]
    public void Empty_units_around_a_sample_are_left_out()
    {
        Push(TrackKind.Video, 0, Video("1700000000", AvcRecord));
        Push(TrackKind.Video, 0, Video("1701000000", [0, 0, 0, 0, .. Units, 0, 0, 0, 0]));
        Push(TrackKind.Video, 0, Video("1701000000", [0, 0, 0, 0, 0, 0, 0, 0]));
        Push(TrackKind.Video, 0, Video("1701000000", []));
        Frames[1].Payload.ToArray().ShouldBe(Units);
        Frames[2].Kind.ShouldBe(FrameKind.Other);
        Frames[3].Kind.ShouldBe(FrameKind.Other);
        _parser.MalformedPackets.ShouldBe(0);
    }

    [Fact]
    public void Av1_delimiter_is_stripped()
    {
        Push(TrackKind.Video, 0, FourCc("91", "av01", [0x12, 0, .. Av1Key]));
        Frames[0].Payload.ToArray().ShouldBe(Av1Key);
        Frames[0].Track.Configuration.ToArray()[4..].ShouldBe(Av1SequenceHeader);
        Frames[0].Track.Width.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Script_data()
    {
        _parser.Data(5, Script());
        _parser.Data(6, Hex("0500"));
        _parser.Data(7, default);
        Frames.Select(frame => frame.Kind).ShouldBe([FrameKind.Script, FrameKind.Other, FrameKind.Other]);
        Frames[0].Payload.ToArray().ShouldBe(Script());
        (Frames[0].Track.Id, Frames[0].Track.Codec, Frames[0].DecodeTime).ShouldBe((201, Codec.ScriptData, 5L));
    }

    [Fact]
    public void Samples_before_their_header_are_carried_on()
    {
        Push(TrackKind.Video, 0, Video("1701000000", Units));
        Push(TrackKind.Audio, 0, Hex("AF01AA"));
        Frames.ShouldAllBe(frame => frame.Kind == FrameKind.Other && frame.Packet.Length > 0 && frame.Track.Codec == Codec.Unknown);
        (_parser.UnannouncedPackets, _parser.MalformedPackets).ShouldBe((2, 0));
    }

    [Theory]
    [InlineData(TrackKind.Video, "17")]
    [InlineData(TrackKind.Video, "170100")]
    [InlineData(TrackKind.Video, "1703000000")]
    [InlineData(TrackKind.Video, "170000000001")]
    [InlineData(TrackKind.Video, "170100000000000003AABB")]
    [InlineData(TrackKind.Video, "1701000000FFFFFFFFAABB")]
    [InlineData(TrackKind.Video, "1701000000000000016500AA")]
    [InlineData(TrackKind.Video, "91617663")]
    [InlineData(TrackKind.Video, "97")]
    [InlineData(TrackKind.Video, "970000")]
    [InlineData(TrackKind.Video, "97FF")]
    [InlineData(TrackKind.Video, "9700000700000700000700000700000700000700000700000700000700000700000700000700000700000700000700000700000700")]
    [InlineData(TrackKind.Video, "9606")]
    [InlineData(TrackKind.Video, "9631")]
    [InlineData(TrackKind.Video, "960161766331")]
    [InlineData(TrackKind.Video, "9691766331")]
    [InlineData(TrackKind.Audio, "AF")]
    [InlineData(TrackKind.Audio, "AF02AA")]
    [InlineData(TrackKind.Audio, "AF0000")]
    [InlineData(TrackKind.Audio, "904F70757300")]
    [InlineData(TrackKind.Audio, "90664C614300")]
    [InlineData(TrackKind.Audio, "9505")]
    [InlineData(TrackKind.Audio, "95117A7A7A7A01000005AA")]
    public void Bad_packets_are_counted_and_carried_on(TrackKind kind, string hex)
    {
        Push(TrackKind.Video, 0, Video("1700000000", AvcRecord));
        Push(TrackKind.Audio, 0, Video("AF00", AacRecord));
        var track = Frames[kind == TrackKind.Video ? 0 : 1].Track;
        Push(kind, 40, Hex(hex));
        _parser.MalformedPackets.ShouldBe(1);
        Frames.Count.ShouldBe(3);
        Frames[2].Kind.ShouldBe(FrameKind.Other);
        Frames[2].Track.ShouldBeSameAs(track);
        Frames[2].Packet.ToArray().ShouldBe(Hex(hex));
    }

    [Fact]
    public void Limits_hold()
    {
        var parser = new FlvPacketParser(_sink, new FlvParserLimits { TracksPerKind = 2, UnitsPerFrame = 1, ConfigurationBytes = 64, PictureSide = 64 });
        parser.Video(0, Video("1700000000", AvcRecord));
        parser.Video(0, Video("1701000000", Units));
        parser.Video(0, FourCc("9600", "hvc1", [1, .. HevcRecord]));
        parser.Video(0, FourCc("9600", "avc1", [2, .. AvcRecord]));
        parser.MalformedPackets.ShouldBe(3);
        parser.Tracks.Count().ShouldBe(1);
    }

    private void Push(TrackKind kind, long time, byte[] packet)
    {
        if (kind == TrackKind.Video)
            _parser.Video(time, packet);
        else
            _parser.Audio(time, packet);
    }
}
