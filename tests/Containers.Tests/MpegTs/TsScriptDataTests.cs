using System.Buffers.Binary;
using System.Text;
using Tapedeck.Containers.Flv;
using Tapedeck.Containers.MpegTs;
using Tapedeck.Containers.Tests.Matrix;
using Tapedeck.Media;

namespace Tapedeck.Containers.Tests.MpegTs;

/// <summary>Script data as timed ID3 metadata.</summary>
public sealed class TsScriptDataTests
{
    internal static readonly TsWriterOptions Options = new() { RecordData = true, Metadata = MatrixFiles.Metadata() };
    private static readonly TsWriterOptions Bare = new() { RecordData = true };

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 24)];

    /// <summary>Messages at any time, early, late, at once, of any length up to some PES packets; cuts anywhere.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void Read_back_each_message_is_there_in_order_and_the_media_is_as_without(int seed)
    {
        var random = new Random(seed);
        var media = Media(random, seed, start: seed % 3 * 100_000);
        var frames = new List<MediaFrame>();
        var texts = new List<string>();
        foreach (var frame in media)
        {
            frames.Add(frame);
            if (random.Next(20) > 0)
                continue;
            var time = frame.DecodeTime * 1000 / frame.Track.Timescale + random.Next(8) switch { 0 => -60_000, 1 => 60_000, 2 => -300, _ => 0 };
            texts.Add($"{texts.Count} {new string('x', random.Next(6) switch { 0 => random.Next(60_000, 200_000), 1 => 65_448 + random.Next(30), _ => random.Next(400) })}");
            frames.Add(Text(time, texts[^1]));
        }

        var file = TsRecorder.Write(frames, random.Next(1, 150), Options);
        var read = TsRecorder.Read(file);
        var scripts = Scripts(read);
        ScriptData.Read(scripts[0].Payload.Span).Name.ShouldBe("onMetaData");
        scripts.Skip(1).Select(TextOf).ShouldBe(texts);
        scripts.Zip(scripts.Skip(1)).ShouldAllBe(pair => pair.First.DecodeTime <= pair.Second.DecodeTime);
        TsRecorder.ShouldMatch([.. read.Where(frame => frame.Kind == FrameKind.Sample)], media, $"seed {seed}");
        var checker = TsChecker.Check(file);
        checker.LeastLead.ShouldBeGreaterThan(0);
        checker.Versions.Count.ShouldBeInRange(1, 2);
        using var reader = TsReader.Open(new MemoryStream(file));
        reader.IsFinished.ShouldBeTrue();
        using var without = TsReader.Open(new MemoryStream(TsRecorder.Write(media)));
        reader.Duration.ShouldBe(without.Duration);
        reader.Tracks.Count(track => track.Codec == Codec.ScriptData).ShouldBe(1);
    }

    [Fact]
    public void Messages_stand_at_their_own_times()
    {
        var media = Media(new Random(1), 0, start: 0);
        List<MediaFrame> frames = [.. media.Concat([Text(300, "a"), Text(301, "b"), Text(1234, "c")]).OrderBy(frame => (double)frame.DecodeTime / frame.Track.Timescale)];
        Scripts(TsRecorder.Read(TsRecorder.Write(frames, 10, Bare))).Select(frame => frame.DecodeTime).ShouldBe([300, 301, 1234]);
    }

    /// <summary>As ISO/IEC 13818-1 2.6.58, 2.6.60 and Apple's "Timed Metadata for HTTP Live Streaming" have it, byte for byte.</summary>
    [Fact]
    public void Tables_and_packets_are_those_that_HLS_players_read()
    {
        List<MediaFrame> frames = [.. Media(new Random(2), 0, start: 0)];
        frames.Insert(30, Text(500, "hello"));
        var file = TsRecorder.Write(frames, 200, Bare);
        var map = Packet(file, 0x1000);
        var section = map.AsSpan(5);
        Convert.ToHexString(section[8..29]).ShouldBe("E100" + "F011" + "250FFFFF49443320FF49443320001F0001");
        var stream = section.IndexOf((ReadOnlySpan<byte>)[0x15, 0xE1, 0x02, 0xF0, 0x0F]);
        stream.ShouldBeGreaterThan(0);
        Convert.ToHexString(section.Slice(stream + 5, 15)).ShouldBe("260DFFFF49443320FF49443320000F");

        var packet = Packet(file, 0x102);
        (packet[1] & 0x40).ShouldBe(0x40);
        var pes = packet.AsSpan((packet[3] & 0x20) != 0 ? 5 + packet[4] : 4);
        Convert.ToHexString(pes[..4]).ShouldBe("000001BD");
        BinaryPrimitives.ReadUInt16BigEndian(pes[4..]).ShouldBe((ushort)(pes.Length - 6));
        Convert.ToHexString(pes[6..9]).ShouldBe("848005");
        Convert.ToHexString(pes[9..14]).ShouldBe("2100091EB1", "1.5 s: half a second after the first decode time");
        var tag = pes[14..];
        var json = """{"name":"onTextData","values":[{"text":"hello"}]}"""u8;
        tag.Length.ShouldBe(10 + 10 + 17 + json.Length);
        Convert.ToHexString(tag[..6]).ShouldBe("494433040000");
        tag[9].ShouldBe((byte)(tag.Length - 10));
        Convert.ToHexString(tag[10..20]).ShouldBe("54585858" + $"000000{tag.Length - 20:X2}" + "0000");
        tag[20..37].ToArray().ShouldBe([3, .. "tapedeck.script"u8, 0]);
        tag[37..].SequenceEqual(json).ShouldBeTrue();
    }

    [Fact]
    public void A_stream_that_says_nothing_has_no_such_track_and_one_that_does_late_a_new_map()
    {
        var media = Media(new Random(3), 0, start: 0);
        var silent = TsRecorder.Write(media, 30, Bare);
        silent.ShouldBe(TsRecorder.Write(media, 30));
        List<MediaFrame> frames = [.. media];
        frames.Insert(media.Count - 20, Text(2500, "late"));
        var late = TsRecorder.Write(frames, 30, Bare);
        TsChecker.Check(late).Versions.ShouldBe([0, 1]);
        Scripts(TsRecorder.Read(late)).Select(TextOf).ShouldBe(["late"]);
        TsChecker.Check(TsRecorder.Write(frames, 30, Options)).Versions.ShouldBe([0], "the stream's onMetaData announces the track");
    }

    [Fact]
    public void What_is_said_when_the_media_is_over_stands_at_its_end()
    {
        var media = Media(new Random(4), 0, start: 0);
        var image = new DiskImage();
        var writer = new TsWriter(Bare);
        var plan = new DiskPlan();
        foreach (var frame in media)
            writer.Add(frame);
        writer.CutFragment(plan, []);
        image.Apply(plan);
        plan.Clear();
        writer.Add(Text(60_000, "over"));
        writer.CutFragment(plan, []);
        plan.Operations.ShouldBeEmpty("it waits for media beside it");
        writer.Finish(plan);
        image.Apply(plan);
        var message = Scripts(TsRecorder.Read(image.Bytes)).ShouldHaveSingleItem();
        TextOf(message).ShouldBe("over");
        message.DecodeTime.ShouldBeInRange(2900, 3100);
        TsChecker.Check(image.Bytes);
    }

    /// <summary>Cut off after any byte, each message that was whole is there, and a writer goes on behind it, with messages too.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Cut_off_anywhere_it_is_gone_on_with(int seed)
    {
        var random = new Random(seed);
        var frames = new List<MediaFrame>();
        foreach (var frame in Media(random, seed, start: 0))
        {
            frames.Add(frame);
            if (frames.Count % 9 == 0)
                frames.Add(Text(frame.DecodeTime * 1000 / frame.Track.Timescale, $"{frames.Count} {new string('x', random.Next(5) == 0 ? 70_000 : 300)}"));
        }

        var file = TsRecorder.Write(frames, 35, Options);
        var whole = Scripts(TsRecorder.Read(file)).Select(Hex).ToList();
        for (var attempt = 0; attempt < 60; attempt++)
        {
            var length = random.Next(188 * 60, file.Length);
            var before = Scripts(TsRecorder.Read(file[..length])).Select(Hex).ToList();
            before.ShouldBe(whole[..before.Count], $"{length} of {file.Length}");
            var (image, plan) = (new DiskImage(file[..length]), new DiskPlan());
            var writer = TsWriter.Continue(image.Open(), Options, plan);
            image.Apply(plan);
            var kept = Scripts(TsRecorder.Read(image.Bytes)).Select(Hex).ToList();
            kept.Count.ShouldBeInRange(Math.Max(0, before.Count - 1), before.Count, "a message may stand behind the picture that is not whole");
            TsRecorder.Write(writer, image, [.. Media(random, seed, start: 50), Text(52_000, "again")]);
            Scripts(TsRecorder.Read(image.Bytes)).Select(Hex).ShouldBe([.. kept, Hex(Text(0, "again"))], $"{length} of {file.Length}");
            TsChecker.Check(image.Bytes).Versions.Count.ShouldBeInRange(1, 2);
        }
    }

    [Fact]
    public void A_file_that_had_no_messages_gets_them_and_what_the_stream_is()
    {
        var image = new DiskImage(TsRecorder.Write(Media(new Random(5), 0, start: 0)));
        var writer = TsWriter.Continue(image.Open(), Options, new DiskPlan());
        TsRecorder.Write(writer, image, [.. Media(new Random(6), 0, start: 9), Text(11_000, "now")]);
        Scripts(TsRecorder.Read(image.Bytes)).Select(frame => ScriptData.Read(frame.Payload.Span).Name).ShouldBe(["onMetaData", "onTextData"]);
        TsChecker.Check(image.Bytes).Versions.ShouldBe([0, 1]);
    }

    [Fact]
    public void Tags_of_others_are_left_out_and_their_stream_is_gone_on_with()
    {
        List<MediaFrame> frames = [.. Media(new Random(7), 0, start: 0)];
        frames.Insert(20, Text(300, "ours"));
        frames.Insert(90, Text(1000, "theirs"));
        var file = TsRecorder.Write(frames, 200, Bare);
        var at = file.AsSpan().LastIndexOf("tapedeck.script"u8);
        "somebodyelse.id"u8.CopyTo(file.AsSpan(at));
        Scripts(TsRecorder.Read(file)).Select(TextOf).ShouldBe(["ours"]);
        var image = new DiskImage(file);
        TsRecorder.Write(TsWriter.Continue(image.Open(), Bare, new DiskPlan()), image, [.. Media(new Random(8), 0, start: 20), Text(21_000, "more")]);
        var checker = TsChecker.Check(image.Bytes);
        checker.Versions.ShouldBe([0]);
        checker.StreamTypes.Count(stream => stream.Value == 0x15).ShouldBe(1);
        Scripts(TsRecorder.Read(image.Bytes)).Select(TextOf).ShouldBe(["ours", "more"]);
    }

    internal static MediaFrame Text(long time, string text)
    {
        byte[] length = [(byte)(text.Length >> 24), (byte)(text.Length >> 16), (byte)(text.Length >> 8), (byte)text.Length];
        byte[] head = text.Length > ushort.MaxValue ? [12, .. length] : [2, .. length[2..]];
        byte[] body = [2, 0, 10, .. "onTextData"u8, 3, 0, 4, .. "text"u8, .. head, .. Encoding.ASCII.GetBytes(text), 0, 0, 9];
        return new MediaFrame { Track = MatrixFiles.Data, Kind = FrameKind.Script, DecodeTime = time, Payload = body };
    }

    /// <summary>Three seconds; of every third seed pictures alone, of another third sound alone.</summary>
    private static List<MediaFrame> Media(Random random, int seed, long start) => Shapes.Interleave(
        seed % 3 == 2 ? [] : TsShapes.Video(Shapes.H264, random, start * 90000, 75, seed % 4),
        seed % 3 == 1 ? [] : TsShapes.Audio(Shapes.Aac, random, start * 48000, 140));

    private static List<MediaFrame> Scripts(IEnumerable<MediaFrame> frames) => [.. frames.Where(frame => frame.Kind == FrameKind.Script)];

    private static string TextOf(MediaFrame frame) => ScriptData.Read(frame.Payload.Span).Values[0]["text"]!.Text;

    private static string Hex(MediaFrame frame) => Convert.ToHexString(frame.Payload.Span);

    /// <summary>The first packet of a PID.</summary>
    private static byte[] Packet(byte[] file, int pid) =>
        file.Chunk(188).First(packet => (BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(1)) & 0x1FFF) == pid);
}
