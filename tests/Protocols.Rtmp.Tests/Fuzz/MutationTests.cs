using System.Buffers;
using System.Text;
using static Tapedeck.Protocols.Rtmp.Tests.Wire;

namespace Tapedeck.Protocols.Rtmp.Tests.Fuzz;

/// <summary>Mutated and random input: nothing but <see cref="RtmpProtocolException"/> may come out. Seeded, so every run is the same.</summary>
public sealed class MutationTests
{
    private const int Rounds = 20_000;

    [Fact]
    public void Chunks()
    {
        var seeds = new[]
        {
            Join(SetChunkSize(40), Fmt0(6, 10, 100, MessageType.Video), Body(40), Fmt3(6), Body(40), Fmt3(6), Body(20), Fmt1(6, 10, 5, MessageType.Audio), Body(5)),
            Join(Fmt0(6, 0xFFFFFF, 150, MessageType.Video), UInt32(0x1020304), Body(128), Fmt3(6), UInt32(0x1020304), Body(22), Fmt2(6, 3), Body(128)),
            Join([0, 9], Fmt0(0, 0, 3, MessageType.CommandAmf0)[1..], Body(3), [0xC0, 9], Body(3), Fmt0(2, 0, 4, MessageType.Abort), UInt32(6)),
        };
        var limits = new RtmpLimits { MaxVideoBytes = 1 << 20, MaxBytesInFlight = 1 << 20, MaxAudioBytes = 1 << 18, MaxChunkStreams = 8 };
        var refused = 0;
        Mutate(seeds, 1, (bytes, random) =>
        {
            var recorder = new Recorder();
            using var reader = new ChunkReader(recorder, limits);
            try
            {
                for (var at = 0; at < bytes.Length;)
                {
                    var take = Math.Min(random.Next(1, 100), bytes.Length - at);
                    reader.Feed(bytes.AsSpan(at, take));
                    at += take;
                }
            }
            catch (RtmpProtocolException)
            {
                refused++;
            }
            reader.Dispose();
            recorder.Outstanding.ShouldBe(0);
            recorder.MostOutstanding.ShouldBeLessThanOrEqualTo(1 << 20);
        });
        refused.ShouldBeInRange(1, Rounds - 1);
    }

    [Fact]
    public void Amf0() => MutateValues(2, bytes =>
    {
        var reader = new Amf0Reader(bytes);
        while (!reader.AtEnd) Amf.AmfText.Show(reader.Read());
    },
    (output, value) => Amf0Writer.Write(output, value));

    [Fact]
    public void Amf3() => MutateValues(3, bytes =>
    {
        var reader = new Amf3Reader(bytes);
        while (!reader.AtEnd) Amf.AmfText.Show(reader.Read());
    },
    (output, value) => Amf3Writer.Write(output, value));

    [Fact]
    public void Commands_can_be_written_again_once_they_were_read()
    {
        var seeds = new[]
        {
            Write(output => new RtmpCommand("connect", 1, new AmfObject { ["app"] = "live", ["fourCcList"] = new AmfArray("*") }, true).Write(output, MessageType.CommandAmf3)),
            Hex("02 0001 78 00 0000000000000000 11 09 05 01 0A 13 03 4B 03 61 0401 0A 01 0402 07 0000 0A 00000002 0101 07 0000 11 0A 02"),
        };
        Mutate(seeds, 4, (bytes, _) =>
        {
            try
            {
                var command = RtmpCommand.Parse(MessageType.CommandAmf3, bytes, RtmpLimits.Default);
                var output = new ArrayBufferWriter<byte>();
                command.Write(output, MessageType.CommandAmf3);
                output.WrittenCount.ShouldBeLessThan(8 << 20);
                if (command.Name == "connect") ConnectRequest.FromCommand(command);
            }
            catch (RtmpProtocolException)
            {
            }
        });
    }

    [Fact]
    public void Handshakes()
    {
        byte[] seed = [3, .. Body(3072), 1, 2, 3];
        Mutate([seed, [3, .. new byte[3072]], Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\n\r\n")], 5, (bytes, random) =>
        {
            var server = new ServerHandshake(random.NextBytes);
            var output = new ArrayBufferWriter<byte>();
            try
            {
                ReadOnlySpan<byte> rest = bytes.AsSpan(0, random.Next(bytes.Length + 1));
                server.Advance(ref rest, output);
            }
            catch (RtmpProtocolException)
            {
            }
            output.WrittenCount.ShouldBeOneOf(0, 3073);
        }, rounds: 2000);
    }

    [Fact]
    public void Aggregates()
    {
        byte[] seed = [8, 0, 0, 2, 0, 0, 5, 0, 0, 0, 0, 1, 2, 0, 0, 0, 13, 9, 0, 0, 1, 0, 0, 9, 0, 0, 0, 0, 7, 0, 0, 0, 12];
        Mutate([seed, Join(seed, seed, seed)], 6, (bytes, _) =>
        {
            var reader = new AggregateReader(new MessageHeader(6, MessageType.Aggregate, 77, bytes.Length, 1), bytes);
            var total = 0;
            while (reader.MoveNext()) total += reader.Body.Length + 15;
            total.ShouldBeLessThanOrEqualTo(bytes.Length);
        });
    }

    [Fact]
    public void Addresses()
    {
        Mutate([.. new[] { "rtmp://u:p@h:1935/app/inst/mp4:x?y=z", "'live...vhost...x?a=%41&b'", "rtmp://[::1]:1/a" }.Select(Encoding.UTF8.GetBytes)], 7, (bytes, _) =>
        {
            var text = Encoding.UTF8.GetString(bytes);
            AppPath.Parse(text);
            StreamName.Parse(text);
            TcUrl.TryParse(text, out var _);
            try
            {
                RtmpAddress.Parse(text).TcUrl.ShouldNotBeEmpty();
            }
            catch (FormatException)
            {
            }
        });
    }

    private static void MutateValues(int seed, Action<byte[]> read, Action<IBufferWriter<byte>, object?> write)
    {
        var values = new object?[]
        {
            new AmfObject { ["a"] = 1.5, ["b"] = "text", ["c"] = new AmfArray(true, null, AmfUndefined.Value, new AmfDate(5)) },
            new AmfObject { IsEcmaArray = true, ["x"] = new AmfObject { ClassName = "K", ["y"] = new AmfXml("<a/>") } },
            new AmfArray(new byte[] { 1, 2 }, new AmfDictionary([new(1d, "v")]), new AmfArray { Vector = AmfVector.Int }),
        };
        var seeds = values.Select(value => Write(output => write(output, value))).ToArray();
        var refused = 0;
        Mutate(seeds, seed, (bytes, _) =>
        {
            try
            {
                read(bytes);
            }
            catch (RtmpProtocolException)
            {
                refused++;
            }
        });
        refused.ShouldBeInRange(1, Rounds - 1);
    }

    private static void Mutate(byte[][] seeds, int seed, Action<byte[], Random> run, int rounds = Rounds)
    {
        var random = new Random(seed);
        for (var round = 0; round < rounds; round++)
        {
            var bytes = seeds[random.Next(seeds.Length)].ToList();
            for (var change = random.Next(1, 6); change > 0; change--)
            {
                var at = random.Next(bytes.Count);
                switch (random.Next(5))
                {
                    case 0: bytes[at] = (byte)random.Next(256); break;
                    case 1: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                    case 2: bytes.Insert(at, (byte)(random.Next(3) switch { 0 => 0, 1 => 0xFF, _ => random.Next(32) })); break;
                    case 3 when bytes.Count > 1: bytes.RemoveAt(at); break;
                    case 4: bytes.AddRange(bytes.GetRange(at, Math.Min(40, bytes.Count - at))); break;
                }
            }
            byte[] mutated = [.. bytes];
            try
            {
                run(mutated, random);
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"Round {round}: {Convert.ToHexString(mutated)}", error);
            }
        }
    }
}
