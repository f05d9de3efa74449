using Tapedeck.Containers.Flv;
using Tapedeck.Media;
using static Tapedeck.Containers.Tests.Flv.FlvPackets;

namespace Tapedeck.Containers.Tests.Flv;

public sealed class FlvPacketParserMultitrackTests
{
    private readonly FrameList _sink = new();
    private readonly FlvPacketParser _parser;

    public FlvPacketParserMultitrackTests() => _parser = new FlvPacketParser(_sink);

    private List<MediaFrame> Frames => _sink.Frames;

    [Fact]
    public void One_track()
    {
        var header = FourCc("9600", "avc1", [3, .. AvcRecord]);
        _parser.Video(0, header);
        _parser.Video(40, FourCc("A601", "avc1", [3, 0, 0, 40, .. Units]));
        Frames.Select(frame => frame.Track.Id).ShouldBe([4, 4]);
        Frames[0].Track.ConfigurationPacket.ToArray().ShouldBe(header);
        Frames[0].Track.Configuration.ToArray().ShouldBe(AvcRecord);
        Frames[1].Payload.ToArray().ShouldBe(Units);
        (Frames[1].PresentationOffset, Frames[1].IsKey).ShouldBe((3600, false));
        _parser.MalformedPackets.ShouldBe(0);
    }

    [Fact]
    public void Many_tracks_share_the_packet()
    {
        byte[] header = FourCc("9510", "mp4a", [.. Part(0, AacRecord), .. Part(1, AacMonoRecord)]);
        byte[] samples = FourCc("9511", "mp4a", [.. Part(0, [1, 2]), .. Part(1, [3]), .. Part(2, [4])]);
        _parser.Audio(0, header);
        _parser.Audio(23, samples);

        Frames.Select(frame => frame.Track.Id).ShouldBe([101, 102, 101, 102, 103]);
        Frames.Select(frame => frame.Kind).ShouldBe([FrameKind.Configuration, FrameKind.Configuration, FrameKind.Sample, FrameKind.Sample, FrameKind.Other]);
        Frames.SelectMany(frame => frame.Packet.ToArray()).ShouldBe(header.Concat(samples));
        Frames[1].Flags.ShouldBe(FrameFlags.SharesPacket);
        Frames[3].Flags.ShouldBe(FrameFlags.SharesPacket | FrameFlags.Key);
        Frames[3].Payload.ToArray().ShouldBe([3]);
        // Neither can be announced with the packet of both: each has one of its own.
        Frames[0].Track.ConfigurationPacket.ToArray().ShouldBe(FourCc("90", "mp4a", AacRecord));
        Frames[1].Track.ConfigurationPacket.ToArray().ShouldBe(FourCc("9500", "mp4a", [1, .. AacMonoRecord]));
    }

    [Fact]
    public void Many_codecs()
    {
        byte[] packet =
        [
            .. Hex("9620"), .. "avc1"u8, .. Part(0, AvcRecord), .. "hvc1"u8, .. Part(1, HevcRecord), .. "av01"u8, .. Part(2, Av1Record), .. "what"u8, .. Part(7, [1]),
        ];
        _parser.Video(0, packet);
        Frames.Select(frame => frame.Track.Codec).ShouldBe([Codec.H264, Codec.Hevc, Codec.Av1, Codec.Unknown]);
        Frames.Select(frame => frame.Track.Id).ShouldBe([1, 2, 3, 8]);
        Frames[0].Packet.ToArray().ShouldBe(packet);
        _parser.MalformedPackets.ShouldBe(0);
    }

    [Fact]
    public void Bad_part_harms_only_itself()
    {
        _parser.Video(0, FourCc("9610", "avc1", [.. Part(0, AvcRecord), .. Part(1, [9, 9])]));
        byte[] packet = FourCc("9613", "avc1", [.. Part(200, [1]), .. Part(0, [0, 0, 0, 9, 1]), .. Part(0, Units), 5, 0, 0, 99]);
        _parser.Video(0, packet);
        Frames.Select(frame => frame.Kind).ShouldBe([FrameKind.Configuration, FrameKind.Other, FrameKind.Other, FrameKind.Sample]);
        Frames[2].Packet.ToArray().ShouldBe(packet);
        Frames[3].Flags.ShouldBe(FrameFlags.SharesPacket | FrameFlags.Key);
        // A record, a track number, a unit length, a part length.
        _parser.MalformedPackets.ShouldBe(4);
    }

    private static byte[] Part(byte number, byte[] body) => [number, 0, (byte)(body.Length >> 8), (byte)body.Length, .. body];
}
