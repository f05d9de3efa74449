using System.Buffers;
using Tapedeck.Containers.Flv;
using Tapedeck.Media;
using static Tapedeck.Containers.Tests.Flv.FlvPackets;

namespace Tapedeck.Containers.Tests.Flv;

/// <summary>Seeded mutations of good input: the same on every run. The only exception that may come out is <see cref="ContainerFormatException"/>.</summary>
public sealed class FlvFuzzTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Parser_stands_any_packet(int seed)
    {
        var random = new Random(seed);
        var seeds = FlvPacketParserTests.Streams.SelectMany(row => ((byte[][])row[3]).Select(packet => (Kind: (TrackKind)row[1], Packet: packet))).ToArray();
        seeds = [.. seeds, (TrackKind.Audio, FourCc("9511", "mp4a", 0, 0, 0, 1, 7, 1, 0, 0, 1, 8)), (TrackKind.Video, FourCc("9610", "avc1", [0, 0, 0, 48, .. AvcRecord]))];
        var sink = new Check();
        var parser = new FlvPacketParser(sink);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 60_000; i++)
        {
            if (i % 500 == 0)
                parser = new FlvPacketParser(sink);
            var (kind, packet) = seeds[random.Next(seeds.Length)];
            var body = random.Next(4) == 0 ? packet : Mutate(random, packet);
            sink.Begin(body);
            var time = random.Next(100) == 0 ? random.NextInt64(long.MinValue, long.MaxValue) : i;
            switch (random.Next(20))
            {
                case 0:
                    parser.Data(time, body);
                    break;
                case 1:
                    Push(kind == TrackKind.Video ? TrackKind.Audio : TrackKind.Video);
                    break;
                default:
                    Push(kind);
                    break;
            }

            sink.End(body);

            void Push(TrackKind which)
            {
                if (which == TrackKind.Video)
                    parser.Video(time, body);
                else
                    parser.Audio(time, body);
            }
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(200_000_000);
    }

    [Fact]
    public void Script_reader_stands_any_body()
    {
        var random = new Random(4);
        var output = new ArrayBufferWriter<byte>();
        FlvMetadata.Write([FlvPacketBuilderTests.MakeTrack(Codec.H264, AvcRecord, 0, 0, 0) with { Width = 1 }, FlvPacketBuilderTests.MakeTrack(Codec.Aac, AacRecord, 44_100, 2, 1)], output);
        byte[] body = [.. output.WrittenSpan, .. Hex("0A00000003003FF0000000000000003FF0000000000000003FF0000000000000"), .. Hex("0300016111000009"), .. Hex("1000016103000009000009")];
        for (var i = 0; i < 30_000; i++)
        {
            var script = ScriptData.Read(Mutate(random, body));
            script.Values.Count.ShouldBeLessThanOrEqualTo(ScriptData.MaxItems);
        }
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public void Files_are_read_continued_or_refused(int seed)
    {
        var random = new Random(seed);
        var options = new FlvWriterOptions { IndexCapacity = 4 };
        byte[][] files = [FlvWriterTests.Write(FlvWriterTests.Stream(1), options), FlvWriterTests.Write(FlvWriterTests.Stream(2), options, finish: false)];
        var more = FlvWriterTests.Stream(1);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 800; i++)
        {
            // Mostly the beginning, where the structure is.
            var bytes = (byte[])files[i % 2].Clone();
            for (var n = random.Next(1, 5); n > 0; n--)
                bytes[random.Next(random.Next(3) == 0 ? bytes.Length : Math.Min(600, bytes.Length))] = (byte)random.Next(256);
            bytes = random.Next(3) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
            try
            {
                using var reader = FlvReader.Open(new MemoryStream(bytes));
                _ = (reader.Duration, reader.IsFinished, reader.Tracks.Count);
                while (reader.TryRead(out _))
                {
                }
            }
            catch (ContainerFormatException)
            {
            }

            try
            {
                var plan = new DiskPlan();
                var file = new PlanFile(bytes);
                var writer = FlvWriter.Continue(new MemoryStream(bytes), options, plan);
                file.Run(plan);
                FlvWriterTests.Write(writer, file, more);
            }
            catch (ContainerFormatException)
            {
            }
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(2_000_000_000);
    }

    [Fact]
    public void Foreign_metadata_never_breaks_the_file()
    {
        var random = new Random(7);
        var output = new ArrayBufferWriter<byte>();
        FlvMetadata.Write([FlvPacketBuilderTests.MakeTrack(Codec.H264, AvcRecord, 0, 0, 0), FlvPacketBuilderTests.MakeTrack(Codec.Aac, AacRecord, 44_100, 2, 1)], output);
        var body = output.WrittenSpan.ToArray();
        var frames = FlvWriterTests.Stream(2);
        for (var i = 0; i < 500; i++)
        {
            var metadata = Mutate(random, body);
            var file = FlvWriterTests.Write(frames.Skip(1), new FlvWriterOptions { Metadata = metadata, IndexCapacity = 4 });
            using var reader = FlvReader.Open(new MemoryStream(file));
            reader.IsFinished.ShouldBeTrue();
            reader.Metadata!.IsWhole.ShouldBeTrue();
            reader.Metadata.Object!["keyframes"]!["times"]!.Numbers.Length.ShouldBe(4);
        }
    }

    private static byte[] Mutate(Random random, byte[] packet)
    {
        var bytes = packet.ToList();
        for (var n = random.Next(1, 4); n > 0; n--)
        {
            var at = bytes.Count == 0 ? 0 : random.Next(Math.Min(bytes.Count, random.Next(2) == 0 ? 8 : int.MaxValue));
            switch (random.Next(5))
            {
                case 0 when bytes.Count > 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1 when bytes.Count > 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2 when bytes.Count > 0:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 6), bytes.Count - at));
                    break;
                case 3:
                    bytes.InsertRange(at, Enumerable.Repeat((byte)(random.Next(2) * 255), random.Next(1, 6)));
                    break;
                default:
                    bytes = bytes[..at];
                    break;
            }
        }

        return [.. bytes];
    }

    /// <summary>What must hold for every packet, whatever it is.</summary>
    private sealed class Check : IFrameSink
    {
        private int _frames;
        private int _packetBytes;
        private int _bodyLength;

        public void Begin(byte[] body) => (_frames, _packetBytes, _bodyLength) = (0, 0, body.Length);

        public void End(byte[] body)
        {
            _frames.ShouldBeGreaterThan(0);
            _packetBytes.ShouldBe(body.Length);
        }

        public void OnFrame(in MediaFrame frame)
        {
            _frames++;
            _packetBytes += frame.Packet.Length;
            frame.Payload.Length.ShouldBeLessThanOrEqualTo(_bodyLength);
            frame.Payload.IsEmpty.ShouldBe(frame.Kind is not (FrameKind.Sample or FrameKind.Script));
            frame.Track.Timescale.ShouldBeGreaterThanOrEqualTo(1000);
            (frame.Flags.HasFlag(FrameFlags.SharesPacket) && _frames == 1).ShouldBeFalse();
        }
    }
}
