using Tapedeck.Containers.MpegTs;
using Tapedeck.Media;

namespace Tapedeck.Containers.Tests.MpegTs;

/// <summary>The file is cut off after any byte: what was whole is there, and a writer goes on behind it.</summary>
public sealed class TsCrashTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 9)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Cut_off_anywhere_all_but_the_last_is_there_and_it_can_be_continued(int seed)
    {
        var random = new Random(seed);
        var frames = Stream(seed, random, 0, 75);
        var more = Stream(seed, random, 777, 75);
        var file = TsRecorder.Write(frames, 35);
        var whole = TsRecorder.Read(file);
        var ends = Ends(file);
        for (var attempt = 0; attempt < (seed == 3 ? 30 : 60); attempt++)
        {
            var length = attempt switch { < 10 => attempt * 100, < 20 => file.Length - (attempt - 10) * 37, _ => random.Next(file.Length) };
            var torn = file[..length];
            if (length < 188 * 4)
            {
                Try(torn);
            }
            else
            {
                var read = TsRecorder.Read(torn);
                BeginningOf(read, whole, Lost(ends, length), $"seed {seed}, {length} of {file.Length} bytes");
            }

            var plan = new DiskPlan();
            var writer = TsWriter.Continue(new MemoryStream(torn), new TsWriterOptions(), plan);
            var image = new DiskImage(torn);
            image.Apply(plan);
            var kept = image.Bytes;
            kept.Length.ShouldBe((int)writer.Length);
            (kept.Length % 188).ShouldBe(0);
            TsRecorder.Write(writer, image, more);
            var checker = TsChecker.Check(image.Bytes);
            var keptFrames = kept.Length == 0 ? [] : TsRecorder.Read(kept);
            if (keptFrames.Select(frame => frame.Track.Id).Distinct().Count() == frames.Select(frame => frame.Track.Id).Distinct().Count())
                checker.Versions.Count.ShouldBeInRange(1, 2, $"seed {seed}, {length}");
            var both = TsRecorder.Read(image.Bytes);
            both.Count.ShouldBe(keptFrames.Count + more.Count, $"seed {seed}, {length} of {file.Length}");
            BeginningOf(keptFrames, both, keptFrames.Count, "before");
            Sequence(both.Skip(keptFrames.Count).ToList(), more);
        }
    }

    [Fact]
    public void Continuing_twice_keeps_pids_version_and_time()
    {
        var random = new Random(11);
        var frames = Stream(1, random, 0, 75);
        var image = new DiskImage(TsRecorder.Write(frames));
        var duration = TimeSpan.Zero;
        for (var i = 0; i < 2; i++)
        {
            var plan = new DiskPlan();
            var writer = TsWriter.Continue(image.Open(), new TsWriterOptions(), plan);
            plan.Operations.ShouldBeEmpty();
            duration = writer.Duration;
            TsRecorder.Write(writer, image, Stream(1, random, 5000 + i, 75));
            (writer.Duration - duration).TotalSeconds.ShouldBeInRange(2.9, 3.2);
        }

        TsChecker.Check(image.Bytes).Versions.ShouldBe([0]);
        var read = TsRecorder.Read(image.Bytes);
        read.Count.ShouldBe(frames.Count * 3);
        read.Select(frame => frame.Track).Distinct().Count().ShouldBe(2);

        // No step of more than a tenth of a second anywhere, none back.
        foreach (var track in read.GroupBy(frame => frame.Track.Id))
            track.Zip(track.Skip(1)).ShouldAllBe(pair => pair.Second.DecodeTime > pair.First.DecodeTime
                && pair.Second.DecodeTime - pair.First.DecodeTime < pair.First.Track.Timescale * 0.15);
    }

    [Fact]
    public void Continued_with_other_codecs_the_map_says_so()
    {
        var random = new Random(12);
        var image = new DiskImage(TsRecorder.Write(TsShapes.Video(Shapes.H264, random, 0, 50)));
        var plan = new DiskPlan();
        var writer = TsWriter.Continue(image.Open(), new TsWriterOptions(), plan);
        TsRecorder.Write(writer, image, Shapes.Interleave(TsShapes.Video(Shapes.Hevc, random, 0, 50), TsShapes.Audio(Shapes.Aac, random, 0, 90)));
        var checker = TsChecker.Check(image.Bytes);
        checker.Versions.ShouldBe([0, 1]);
        checker.StreamTypes[0x101].ShouldBe((byte)0x24);
        checker.StreamTypes[0x102].ShouldBe((byte)0x0F);
        TsRecorder.Read(image.Bytes).Count.ShouldBe(190);
    }

    [Fact]
    public void What_is_no_transport_stream_is_not_continued()
    {
        foreach (var bytes in new byte[][] { [.. "FLV"u8, .. new byte[1000]], new byte[5000], [0x47, .. new byte[20_000]] })
        {
            Should.Throw<ContainerFormatException>(() => TsWriter.Continue(new MemoryStream(bytes), new TsWriterOptions(), new DiskPlan()))
                .Message.ShouldContain("cannot be continued");
        }
    }

    private static List<MediaFrame> Stream(int seed, Random random, long second, int count)
    {
        var sound = TsShapes.AllAudio.ElementAt(seed % 9);
        var video = TsShapes.AllVideo.ElementAt(seed % 3);
        return Shapes.Interleave(
            seed == 4 ? [] : TsShapes.Video(video, random, second * 90000, count, video.Codec == Codec.Av1 ? 0 : seed % 3, 25, 3600, seed == 3 ? 30_000 : 2000),
            seed == 5 ? [] : TsShapes.Audio(sound, random, second * sound.Timescale, (int)(count * 0.04 * sound.Timescale / TsShapes.FrameTicks(sound))));
    }

    /// <summary>Where each access unit of the file ends, as the reader finds out by itself: the shortest prefix that gives so many frames.</summary>
    private static SortedList<long, int> Ends(byte[] file)
    {
        var ends = new SortedList<long, int>();
        for (var length = 188 * 4; length <= file.Length; length += 188 * Math.Max(40, file.Length / 188 / 40))
            ends[length] = TsRecorder.Read(file[..length]).Count;
        return ends;
    }

    private static int Lost(SortedList<long, int> ends, long length)
    {
        var at = ends.Keys.LastOrDefault(key => key <= length);
        return at == 0 ? 0 : ends[at];
    }

    private static void Try(byte[] torn)
    {
        try
        {
            TsRecorder.Read(torn);
        }
        catch (ContainerFormatException)
        {
        }
    }

    /// <summary>Every track's frames are the first of those of the whole file; and of all of them at most what the last 0.3 s hold is missing.</summary>
    private static void BeginningOf(List<MediaFrame> read, List<MediaFrame> whole, int atLeast, string because)
    {
        read.Count.ShouldBeGreaterThanOrEqualTo(atLeast - 2, because);
        foreach (var track in read.GroupBy(frame => frame.Track.Id))
        {
            var expected = whole.Where(frame => frame.Track.Id == track.Key).ToList();
            var actual = track.ToList();
            actual.Count.ShouldBeLessThanOrEqualTo(expected.Count, because);
            for (var i = 0; i < actual.Count; i++)
                actual[i].Payload.Span.SequenceEqual(expected[i].Payload.Span).ShouldBeTrue($"{because}: frame {i} of {track.Key}");
        }

        // Tracks end together: nothing but the very last access units is gone.
        var last = read.GroupBy(frame => frame.Track.Id).Select(track => (double)track.Last().DecodeTime / track.Last().Track.Timescale).ToList();
        if (last.Count > 1)
            (last.Max() - last.Min()).ShouldBeLessThan(0.35, because);
    }

    private static void Sequence(List<MediaFrame> read, List<MediaFrame> written)
    {
        foreach (var kind in new[] { TrackKind.Video, TrackKind.Audio })
        {
            var a = read.Where(frame => frame.Track.Kind == kind).ToList();
            var b = written.Where(frame => frame.Track.Kind == kind).ToList();
            a.Count.ShouldBe(b.Count);
            for (var i = 0; i < a.Count; i++)
                a[i].Payload.Span.SequenceEqual(b[i].Payload.Span).ShouldBeTrue($"new frame {i}");
        }
    }
}
