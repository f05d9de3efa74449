using System.Buffers;
using Tapedeck.Containers.Flv;
using Tapedeck.Media;
using static Tapedeck.Containers.Tests.Flv.FlvPackets;

namespace Tapedeck.Containers.Tests.Flv;

public sealed class FlvPacketBuilderTests
{
    public static TheoryData<Codec, byte[], byte[], int, int> Codecs => new()
    {
        { Codec.H264, AvcRecord, Units, 0, 0 },
        { Codec.Hevc, HevcRecord, Units, 0, 0 },
        { Codec.Vvc, VvcRecord, Units, 0, 0 },
        { Codec.Av1, Av1Record, Av1Key, 0, 0 },
        { Codec.Vp8, VpRecord, Vp8Key, 0, 0 },
        { Codec.Vp9, VpRecord, Vp9Key, 0, 0 },
        { Codec.Aac, AacRecord, [1, 2, 3], 44_100, 2 },
        { Codec.Opus, OpusRecord, [0xF8, 1], 48_000, 2 },
        { Codec.Mp3, [], Mp3Frame, 44_100, 1 },
        { Codec.Flac, FlacRecord, [0xFF, 0xF8, 1], 44_100, 2 },
        { Codec.Ac3, [], Ac3Frame, 48_000, 2 },
        { Codec.Eac3, [], Eac3Frame, 48_000, 2 },
        { Codec.G711A, [], [0xD5, 0xD5], 8000, 1 },
        { Codec.G711U, [], [0xFF, 0xFF], 8000, 2 },
        { Codec.Speex, [], [1, 2], 16_000, 1 },
    };

    [Theory]
    [MemberData(nameof(Codecs))]
    public void Parser_finds_what_was_built(Codec codec, byte[] record, byte[] payload, int rate, int channels)
    {
        RoundTrip(codec, record, payload, rate, channels, 0);
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void Parser_finds_what_was_built_for_a_further_track(Codec codec, byte[] record, byte[] payload, int rate, int channels)
    {
        if (codec is Codec.G711A or Codec.G711U or Codec.Speex)
            FlvPacketBuilder.CanBuild(MakeTrack(codec, record, rate, channels, 3)).ShouldBeFalse();
        else
            RoundTrip(codec, record, payload, rate, channels, 3);
    }

    [Theory]
    [InlineData(Codec.H264, "1700000000")]
    [InlineData(Codec.Hevc, "9068766331")]
    [InlineData(Codec.Aac, "AF00")]
    [InlineData(Codec.Opus, "904F707573")]
    public void Configuration_has_the_usual_form(Codec codec, string front)
    {
        var record = codec switch { Codec.H264 => AvcRecord, Codec.Hevc => HevcRecord, Codec.Aac => AacRecord, _ => OpusRecord };
        var output = new ArrayBufferWriter<byte>();
        FlvPacketBuilder.WriteConfiguration(MakeTrack(codec, record, 44_100, 2, 0), output).ShouldBeTrue();
        output.WrittenSpan.ToArray().ShouldBe(Video(front, record));
    }

    [Theory]
    [InlineData(Codec.Aac, 44_100, 2, "AF01")]
    [InlineData(Codec.Mp3, 44_100, 2, "2F")]
    [InlineData(Codec.Mp3, 22_050, 1, "2A")]
    [InlineData(Codec.Mp3, 8_000, 1, "E2")]
    [InlineData(Codec.Mp3, 32_000, 2, "912E6D7033")]
    [InlineData(Codec.G711A, 8_000, 1, "72")]
    [InlineData(Codec.G711U, 8_000, 2, "83")]
    [InlineData(Codec.Speex, 16_000, 1, "B6")]
    public void Audio_headers(Codec codec, int rate, int channels, string expected)
    {
        var track = MakeTrack(codec, codec == Codec.Aac ? AacRecord : [], rate, channels, 0);
        Header(new MediaFrame { Track = track, DecodeTime = 0 }).ShouldBe(Hex(expected));
    }

    [Fact]
    public void Video_headers()
    {
        var avc = MakeTrack(Codec.H264, AvcRecord, 0, 0, 0);
        Header(new MediaFrame { Track = avc, DecodeTime = 0, Flags = FrameFlags.Key }).ShouldBe(Hex("1701000000"));
        Header(new MediaFrame { Track = avc, DecodeTime = 0, PresentationOffset = -90 }).ShouldBe(Hex("2701FFFFFF"));
        Header(new MediaFrame { Track = avc, DecodeTime = 0, Flags = FrameFlags.Disposable, PresentationOffset = int.MaxValue }).ShouldBe(Hex("37017FFFFF"));
        var hevc = MakeTrack(Codec.Hevc, HevcRecord, 0, 0, 0);
        Header(new MediaFrame { Track = hevc, DecodeTime = 0, Flags = FrameFlags.Key }).ShouldBe(FourCc("93", "hvc1"));
        Header(new MediaFrame { Track = hevc, DecodeTime = 0, PresentationOffset = 90 }).ShouldBe(FourCc("A1", "hvc1", 0, 0, 1));
        var av1 = MakeTrack(Codec.Av1, Av1Record, 0, 0, 2);
        Header(new MediaFrame { Track = av1, DecodeTime = 0 }).ShouldBe(FourCc("A601", "av01", 2));
    }

    [Fact]
    public void Presentation_time_is_rounded_as_a_whole()
    {
        // 24 frames a second: 3,753.75 ticks. Both times are rounded, so that their errors do not add up.
        var track = MakeTrack(Codec.H264, AvcRecord, 0, 0, 0);
        for (var i = 0; i < 1000; i++)
        {
            var frame = new MediaFrame { Track = track, DecodeTime = (long)(i * 3753.75), PresentationOffset = 7508 };
            var header = Header(frame);
            var offset = header[2] << 16 | header[3] << 8 | header[4];
            (FlvTime.TagTime(in frame) + offset).ShouldBe(FlvTime.ToMilliseconds(frame.PresentationTime, 90_000));
        }
    }

    [Fact]
    public void What_cannot_be_carried_is_said_so()
    {
        var vorbis = MakeTrack(Codec.Vorbis, [1], 48_000, 2, 0);
        FlvPacketBuilder.CanBuild(vorbis).ShouldBeFalse();
        FlvPacketBuilder.CanBuild(MakeTrack(Codec.H264, [], 0, 0, 0)).ShouldBeFalse();
        FlvPacketBuilder.CanBuild(MakeTrack(Codec.G711A, [], 16_000, 1, 0)).ShouldBeFalse();
        FlvPacketBuilder.WriteConfiguration(vorbis, new ArrayBufferWriter<byte>()).ShouldBeFalse();
        Should.Throw<ArgumentException>(() => Header(new MediaFrame { Track = vorbis, DecodeTime = 0 }));
    }

    internal static Track MakeTrack(Codec codec, byte[] record, int rate, int channels, int number)
    {
        var isVideo = codec < Codec.Aac;
        return new Track
        {
            Id = (isVideo ? 1 : 101) + number,
            Kind = isVideo ? TrackKind.Video : TrackKind.Audio,
            Codec = codec,
            Timescale = isVideo ? 90_000 : rate,
            SampleRate = rate,
            Channels = channels,
            Configuration = record,
        };
    }

    private static byte[] Header(MediaFrame frame)
    {
        var buffer = new byte[FlvPacketBuilder.MaxHeaderLength];
        return buffer[..FlvPacketBuilder.WriteHeader(in frame, buffer)];
    }

    private static void RoundTrip(Codec codec, byte[] record, byte[] payload, int rate, int channels, int number)
    {
        var track = MakeTrack(codec, record, rate, channels, number);
        var sink = new FrameList();
        var parser = new FlvPacketParser(sink);
        var output = new ArrayBufferWriter<byte>();
        FlvPacketBuilder.WriteConfiguration(track, output).ShouldBe(record.Length > 0);
        if (record.Length > 0)
            Push(output.WrittenMemory.ToArray());
        var offset = codec is Codec.H264 or Codec.Hevc or Codec.Vvc ? 3600 : 0;
        Push([.. Header(new MediaFrame { Track = track, DecodeTime = 0, Flags = FrameFlags.Key, PresentationOffset = offset }), .. payload]);

        parser.MalformedPackets.ShouldBe(0);
        var frame = sink.Frames[^1];
        frame.Kind.ShouldBe(FrameKind.Sample);
        frame.Payload.ToArray().ShouldBe(payload);
        (frame.Track.Id, frame.Track.Codec, frame.PresentationOffset, frame.IsKey).ShouldBe((track.Id, codec, offset, true));
        frame.Track.Configuration.ToArray().ShouldBe(record);
        if (rate > 0)
            frame.Track.Timescale.ShouldBe(rate);

        void Push(byte[] packet)
        {
            if (track.Kind == TrackKind.Video)
                parser.Video(0, packet);
            else
                parser.Audio(0, packet);
        }
    }
}
