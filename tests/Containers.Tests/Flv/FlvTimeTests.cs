using Tapedeck.Containers.Flv;
using Tapedeck.Media;

namespace Tapedeck.Containers.Tests.Flv;

public sealed class FlvTimeTests
{
    [Theory]
    [InlineData(1000)]
    [InlineData(7350)]
    [InlineData(8000)]
    [InlineData(11025)]
    [InlineData(22050)]
    [InlineData(44100)]
    [InlineData(48000)]
    [InlineData(90000)]
    [InlineData(768000)]
    public void Milliseconds_come_back_exactly(int timescale)
    {
        var random = new Random(1);
        for (var i = 0; i < 20_000; i++)
        {
            var milliseconds = i < 5000 ? i - 2500 : random.NextInt64(-(1L << 40), 1L << 40);
            var ticks = FlvTime.ToTicks(milliseconds, 0, timescale);
            FlvTime.ToMilliseconds(ticks, timescale).ShouldBe(milliseconds);
            var next = FlvTime.ToTicks(milliseconds, random.Next(1_000_000), timescale);
            next.ShouldBeInRange(ticks, ticks + timescale / 1000 + 1);
        }
    }

    [Fact]
    public void Nanoseconds_of_the_packet_do_not_move_the_tag()
    {
        var track = new Track { Id = 101, Kind = TrackKind.Audio, Codec = Codec.Opus, Timescale = 48_000 };
        for (var nanoseconds = 0; nanoseconds < 1_000_000; nanoseconds += 7_919)
        {
            byte[] packet = [0x97, 2, (byte)(nanoseconds >> 16), (byte)(nanoseconds >> 8), (byte)nanoseconds, 1, .. "Opus"u8, 0xF8];
            var frame = new MediaFrame { Track = track, DecodeTime = FlvTime.ToTicks(123_457, nanoseconds, 48_000), Packet = packet };
            FlvTime.TagTime(in frame).ShouldBe(123_457);
        }
    }
}
