using Tapedeck.Containers.MpegTs;
using Tapedeck.Media;

namespace Tapedeck.Containers.Tests.MpegTs;

public sealed class TsReaderTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 9)];

    [Fact]
    public void Rubbish_between_packets_costs_no_more_than_the_access_unit_that_it_hits()
    {
        var frames = TsShapes.Video(Shapes.H264, new Random(1), 0, 100);
        var file = TsRecorder.Write(frames);
        byte[] dirty = [1, 2, 0x47, 3, .. file[..(188 * 300)], .. new byte[77], .. file[(188 * 300)..]];
        TsRecorder.ShouldMatch(TsRecorder.Read(dirty), frames);
        byte[] missing = [.. file[..(188 * 300)], .. file[(188 * 301)..]];
        TsRecorder.Read(missing).Count.ShouldBeInRange(98, 99);
    }

    [Fact]
    public void Tables_may_come_late()
    {
        var frames = Shapes.Interleave(TsShapes.Video(Shapes.H264, new Random(2), 0, 100), TsShapes.Audio(Shapes.Aac, new Random(2), 0, 180));
        var file = TsRecorder.Write(frames);
        TsRecorder.ShouldMatch(TsRecorder.Read(file[376..]), frames);
    }

    [Fact]
    public void Where_time_goes_back_the_second_part_follows_on_the_first()
    {
        var random = new Random(3);
        var first = Shapes.Interleave(TsShapes.Video(Shapes.H264, random, 0, 100), TsShapes.Audio(Shapes.Aac, random, 0, 187));
        var file = TsRecorder.Write(first);
        var read = TsRecorder.Read([.. file, .. file]);
        read.Count.ShouldBe(first.Count * 2);
        var video = read.Where(frame => frame.Track.Kind == TrackKind.Video).ToList();
        var sound = read.Where(frame => frame.Track.Kind == TrackKind.Audio).ToList();
        (video[100].DecodeTime - video[99].DecodeTime).ShouldBeInRange(3600, 7200);
        var apart = (double)video[100].DecodeTime / 90000 - (double)sound[187].DecodeTime / 48000;
        Math.Abs(apart).ShouldBeLessThan(0.05);
    }

    [Fact]
    public void Frames_come_in_the_order_of_their_decode_times()
    {
        var frames = Shapes.Interleave(TsShapes.Video(Shapes.Hevc, new Random(4), 0, 100, 2), TsShapes.Audio(Shapes.Opus, new Random(4), 0, 200));
        var read = TsRecorder.Read(TsRecorder.Write(frames));
        read.Zip(read.Skip(1)).ShouldAllBe(pair =>
            (double)pair.First.DecodeTime / pair.First.Track.Timescale <= (double)pair.Second.DecodeTime / pair.Second.Track.Timescale + 0.00005);
    }

    [Fact]
    public void An_access_unit_above_the_limit_is_an_error_not_a_heap_of_memory()
    {
        var file = TsRecorder.Write(TsShapes.Video(Shapes.H264, new Random(5), 0, 20, largest: 50_000));
        Should.Throw<ContainerFormatException>(() => TsRecorder.Read(file, new TsReaderLimits { MaxPesLength = 20_000 })).Message.ShouldContain("20000");
    }

    [Fact]
    public void A_tail_is_measured_to_the_packet_and_to_the_access_unit()
    {
        var file = TsRecorder.Write(TsShapes.Video(Shapes.H264, new Random(6), 0, 20, largest: 50_000));
        TsTail.Measure(new MemoryStream(file)).ShouldBe(new TsTail(file.Length, file.Length, TsTail.Measure(new MemoryStream(file)).PresentationEnd));
        var torn = TsTail.Measure(new MemoryStream(file[..^500]));
        torn.WholePackets.ShouldBe((file.Length - 500) / 188 * 188);
        torn.CompleteUnits.ShouldBeLessThan(torn.WholePackets);
        using var reader = TsReader.Open(new MemoryStream(file[..^500]));
        reader.IsFinished.ShouldBeFalse();
        TsRecorder.Read(file[..(int)torn.CompleteUnits]).Count.ShouldBe(19);
    }

    /// <summary>Whatever the bytes: frames, an end, or the one exception; and no memory that the file did not pay for.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void Mutated_files_never_do_worse_than_a_format_error(int seed)
    {
        var random = new Random(seed);
        var frames = Shapes.Interleave(
            TsShapes.Video(TsShapes.AllVideo.ElementAt(seed % 3), random, 0, 25, largest: 1000),
            TsShapes.Audio(TsShapes.AllAudio.ElementAt(seed), random, 0, 30));
        frames.Insert(20, TsScriptDataTests.Text(400, "one"));
        frames.Insert(40, TsScriptDataTests.Text(800, new string('x', 1000)));
        var original = TsRecorder.Write(frames, options: TsScriptDataTests.Options);
        var (read, refused) = (0, 0);
        const int Rounds = 400;
        for (var round = 0; round < Rounds; round++)
        {
            var bytes = (byte[])original.Clone();
            for (var i = random.Next(1, 30); i > 0; i--)
            {
                // Headers of packets, tables and PES reach deeper than payload.
                var packet = random.Next(bytes.Length / 188) * 188;
                var at = packet + (random.Next(3) == 0 ? random.Next(188) : random.Next(24));
                bytes[at] = random.Next(4) switch { 0 => 0, 1 => 255, 2 => (byte)(bytes[at] ^ 1 << random.Next(8)), _ => (byte)random.Next(256) };
            }

            if (random.Next(5) == 0)
                bytes = [.. bytes[..random.Next(bytes.Length)], .. bytes[random.Next(bytes.Length)..]];
            try
            {
                using var reader = TsReader.Open(new MemoryStream(bytes));
                _ = reader.Duration;
                var count = 0;
                while (reader.TryRead(out var frame))
                {
                    frame.Payload.Length.ShouldBeLessThanOrEqualTo(bytes.Length);
                    (++count).ShouldBeLessThan(10_000);
                }

                read++;
            }
            catch (ContainerFormatException)
            {
                refused++;
            }

            try
            {
                var plan = new DiskPlan();
                var writer = TsWriter.Continue(new MemoryStream(bytes), TsScriptDataTests.Options, plan);
                var image = new DiskImage(bytes);
                image.Apply(plan);
                TsRecorder.Write(writer, image, frames);
                var both = TsRecorder.Read(image.Bytes);
                both.Count.ShouldBeGreaterThanOrEqualTo(frames.Count, $"round {round}");
            }
            catch (ContainerFormatException)
            {
            }
        }

        read.ShouldBeGreaterThan(Rounds / 2);
    }
}
