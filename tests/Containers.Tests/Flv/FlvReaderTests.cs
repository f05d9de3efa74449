using Tapedeck.Containers.Flv;
using Tapedeck.Media;
using static Tapedeck.Containers.Tests.Flv.FlvPackets;

namespace Tapedeck.Containers.Tests.Flv;

public sealed class FlvReaderTests
{
    [Fact]
    public void Time_line_begins_with_the_first_presented_frame_and_wraps()
    {
        var start = uint.MaxValue - 30;
        var file = FlvPackets.File(
            (FlvTagType.Video, start, Video("1700000000", AvcRecord)),
            (FlvTagType.Audio, start, Video("AF00", AacRecord)),
            (FlvTagType.Video, start, Video("1701000050", Units)),
            (FlvTagType.Audio, start + 20, Hex("AF01AA")),
            (FlvTagType.Video, start + 40, Video("2701000050", Units)));
        var samples = FrameList.Read(file).Where(frame => frame.Kind == FrameKind.Sample).ToList();
        samples.Select(frame => FlvTime.ToMilliseconds(frame.DecodeTime, frame.Track.Timescale)).ShouldBe([-20L, 0, 20]);
        samples.Select(frame => FlvTime.ToMilliseconds(frame.PresentationTime, frame.Track.Timescale)).ShouldBe([60L, 0, 100]);
    }

    [Fact]
    public void Tracks_are_known_before_the_first_frame_and_are_those_of_the_frames()
    {
        var file = FlvPackets.File(
            (FlvTagType.Script, 0, Script()),
            (FlvTagType.Video, 0, Video("1700000000", AvcRecord)),
            (FlvTagType.Video, 0, Video("1701000000", Units)),
            (FlvTagType.ScriptAmf3, 1, [0, .. Script("onCuePoint")]),
            ((FlvTagType)0x29, 1, Hex("AABB")),
            (FlvTagType.Audio, 5, Hex("72D5")));
        using var reader = FlvReader.Open(new MemoryStream(file));
        reader.Tracks.Select(track => track.Codec).ShouldBe([Codec.H264, Codec.G711A]);
        reader.IsFinished.ShouldBeFalse();
        reader.Duration.ShouldBe(TimeSpan.FromMilliseconds(40));
        var frames = new List<MediaFrame>();
        while (reader.TryRead(out var frame))
            frames.Add(frame);
        frames.Select(frame => frame.Kind).ShouldBe([FrameKind.Script, FrameKind.Configuration, FrameKind.Sample, FrameKind.Script, FrameKind.Sample]);
        frames[2].Track.ShouldBeSameAs(reader.Tracks[0]);
        frames[4].Track.ShouldBeSameAs(reader.Tracks[1]);
        reader.MalformedPackets.ShouldBe(0);
    }

    [Fact]
    public void Lying_lengths_are_the_end_and_cost_nothing()
    {
        byte[] file = [.. FlvPackets.File((FlvTagType.Audio, 0, Hex("72D5"))), 9, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3];
        FrameList.Read(file).ShouldHaveSingleItem();
        var before = GC.GetAllocatedBytesForCurrentThread();
        FrameList.Read(file);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1_000_000);
    }

    [Fact]
    public void Damage_is_an_error_that_says_where()
    {
        byte[] file = [.. FlvPackets.File((FlvTagType.Audio, 0, Hex("72D5"))), .. Enumerable.Repeat((byte)0xEE, 50)];
        Should.Throw<ContainerFormatException>(() => FrameList.Read(file)).Message.ShouldContain("30");
        Should.Throw<ContainerFormatException>(() => FlvReader.Open(new MemoryStream([1, 2, 3])));
        Should.Throw<ContainerFormatException>(() => FlvTagReader.Open(new MemoryStream("FLV"u8.ToArray())));
        var large = FlvPackets.File((FlvTagType.Audio, 0, new byte[100]));
        using var tags = FlvTagReader.Open(new MemoryStream(large), maxBodyLength: 99);
        Should.Throw<ContainerFormatException>(() => tags.TryRead(out _));
    }

    [Fact]
    public void A_growing_file_is_read_on()
    {
        var bytes = FlvPackets.File((FlvTagType.Audio, 0, Hex("72D5")), (FlvTagType.Audio, 20, Hex("72D6")));
        var stream = new MemoryStream();
        stream.Write(bytes, 0, 31);
        using var tags = FlvTagReader.Open(stream);
        tags.TryRead(out _).ShouldBeTrue();
        tags.TryRead(out _).ShouldBeFalse();
        stream.Position = 31;
        stream.Write(bytes, 31, bytes.Length - 31);
        tags.TryRead(out var tag).ShouldBeTrue();
        (tag.Timestamp, tag.Offset, tag.Type).ShouldBe((20u, 30L, FlvTagType.Audio));
        tag.Body.ToArray().ShouldBe(Hex("72D6"));
    }
}
