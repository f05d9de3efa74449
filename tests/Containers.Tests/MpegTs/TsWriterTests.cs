using Tapedeck.Containers.MpegTs;
using Tapedeck.Containers.Tests.Matrix;
using Tapedeck.Media;

namespace Tapedeck.Containers.Tests.MpegTs;

public sealed class TsWriterTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 60)];

    /// <summary>Any codec, B-frames, late tracks, cuts anywhere, times anywhere, across the wrap of 33 bits.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void Read_back_it_is_what_was_written(int seed)
    {
        var random = new Random(seed);
        var video = TsShapes.AllVideo.ElementAt(seed % 3);
        var sound = TsShapes.AllAudio.ElementAt(seed % 9);
        var start = random.Next(4) switch { 0 => 0L, 1 => -5L, 2 => (1L << 33) / 90000 - 3, _ => 300_000L };
        var late = random.Next(3) * 0.3;
        var frames = Shapes.Interleave(
            seed % 7 == 5 ? [] : TsShapes.Video(video, random, start * 90000, 120, video.Codec == Codec.Av1 ? 0 : seed % 4, random.Next(5, 60), random.Next(2) == 0 ? 3600 : 3003,
                seed % 10 == 9 ? 60_000 : 3000),
            seed % 7 == 6 ? [] : TsShapes.Audio(sound, random, (long)((start + late) * sound.Timescale), 150));
        var file = TsRecorder.Write(frames, random.Next(1, 200));
        TsRecorder.ShouldMatch(TsRecorder.Read(file), frames, $"seed {seed}");
        var checker = TsChecker.Check(file);
        checker.LeastLead.ShouldBeGreaterThan(60_000);
        checker.Versions.Count.ShouldBeInRange(1, 2);
        using var reader = TsReader.Open(new MemoryStream(file));
        reader.IsFinished.ShouldBeTrue();
        var length = frames.Max(frame => (double)frame.PresentationTime / frame.Track.Timescale) - frames.Min(frame => (double)frame.PresentationTime / frame.Track.Timescale);
        reader.Duration.TotalSeconds.ShouldBeInRange(length, length + 0.1);
    }

    [Fact]
    public void Several_tracks_each_have_a_pid()
    {
        var random = new Random(1);
        var frames = Shapes.Interleave(
            TsShapes.Video(Shapes.Hevc, random, 0, 60),
            TsShapes.Video(Shapes.H264 with { Id = 2 }, random, 0, 60, 1),
            TsShapes.Audio(Shapes.Aac, random, 0, 100),
            TsShapes.Audio(Shapes.Opus with { Id = 102 }, random, 0, 100),
            TsShapes.Audio(Shapes.Ac3 with { Id = 103 }, random, 0, 60));
        var file = TsRecorder.Write(frames);
        TsRecorder.ShouldMatch(TsRecorder.Read(file), frames);
        var checker = TsChecker.Check(file);
        checker.StreamTypes.ShouldBe(new Dictionary<int, byte> { [0x100] = 0x24, [0x101] = 0x1B, [0x102] = 0x0F, [0x103] = 0x06, [0x104] = 0x81 }, ignoreOrder: true);
        using var reader = TsReader.Open(new MemoryStream(file));
        reader.Tracks.Select(track => track.Id).ShouldBe([0x100, 0x101, 0x102, 0x103, 0x104]);
        reader.Tracks[0].Width.ShouldBe(320);
        reader.Tracks[1].Configuration.ToArray().ShouldBe(Shapes.H264.Configuration.ToArray());
        reader.Tracks[2].Configuration.ToArray().ShouldBe(Shapes.Aac.Configuration.ToArray());
    }

    [Fact]
    public void A_new_codec_and_a_new_track_raise_the_version_of_the_map()
    {
        var random = new Random(2);
        var first = TsShapes.Video(Shapes.H264, random, 0, 50);
        var second = TsShapes.Video(Shapes.Hevc, random, 50 * 3600, 50);
        var third = TsShapes.Audio(Shapes.Mp3, random, 44100, 100);
        var frames = Shapes.Interleave([.. first, .. second], third);
        var file = TsRecorder.Write(frames, 20);
        TsChecker.Check(file).Versions.ShouldBe([0, 1, 2]);
        TsRecorder.ShouldMatch(TsRecorder.Read(file), frames);
    }

    [Fact]
    public void Changed_parameter_sets_stand_before_the_key_frame_and_are_read_as_a_new_track()
    {
        var random = new Random(3);
        var changed = Convert.FromHexString(Convert.ToHexString(Shapes.H264.Configuration.Span).Replace("68CE0F", "68CE0E", StringComparison.Ordinal));
        var frames = TsShapes.Video(Shapes.H264, random, 0, 25).Concat(TsShapes.Video(Shapes.H264 with { Configuration = changed }, random, 25 * 3600, 25)).ToList();
        var file = TsRecorder.Write(frames, 30);
        TsChecker.Check(file).Versions.ShouldBe([0]);
        var read = TsRecorder.Read(file);
        TsRecorder.ShouldMatch(read, frames);
        read[24].Track.Configuration.ToArray().ShouldBe(Shapes.H264.Configuration.ToArray());
        read[25].Track.Configuration.ToArray().ShouldBe(changed);
        read.Select(frame => frame.Track).Distinct().Count().ShouldBe(2);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(4.5, 0)]
    [InlineData(3600, 1)]
    public void A_gap_stays_a_gap(double seconds, int jumps)
    {
        var random = new Random(4);
        var gap = (long)(seconds * 90000);
        var frames = Shapes.Interleave(
            TsShapes.Video(Shapes.H264, random, 0, 80).Select((frame, i) => i < 40 ? frame : frame with { DecodeTime = frame.DecodeTime + gap }),
            TsShapes.Audio(Shapes.Aac, random, 0, 150).Select((frame, i) => i < 75 ? frame : frame with { DecodeTime = frame.DecodeTime + gap * 48 / 90 }));
        var file = TsRecorder.Write(frames, 25);
        TsRecorder.ShouldMatch(TsRecorder.Read(file), frames);
        TsChecker.Check(file).Jumps.ShouldBe(jumps);
    }

    [Fact]
    public void Sound_goes_by_the_length_of_its_frames_not_by_a_clock_of_milliseconds()
    {
        var exact = TsShapes.Audio(Shapes.Aac44, new Random(5), 0, 500);
        var rounded = exact.Select(frame => frame with { DecodeTime = frame.DecodeTime * 1000 / 44100 * 441 / 10 }).ToList();
        var file = TsRecorder.Write(rounded, 43);
        TsRecorder.ShouldMatch(TsRecorder.Read(file), exact);
        TsChecker.Check(file).Clocks.ShouldBeGreaterThan(280);
    }

    [Fact]
    public void Tracks_that_arrive_apart_keep_the_clock_behind_both()
    {
        var random = new Random(6);
        var video = TsShapes.Video(Shapes.H264, random, 0, 250);
        var sound = TsShapes.Audio(Shapes.Aac, random, 0, 450);

        // Sound comes 2 s after the picture it belongs to.
        var frames = video.Concat(sound).OrderBy(frame => (double)frame.DecodeTime / frame.Track.Timescale + (frame.Track.Kind == TrackKind.Audio ? 2 : 0)).ToList();
        var file = TsRecorder.Write(frames, 120);
        TsRecorder.ShouldMatch(TsRecorder.Read(file, new TsReaderLimits { InterleaveWindow = TimeSpan.FromSeconds(4) }), frames);
        TsChecker.Check(file).LeastLead.ShouldBeGreaterThanOrEqualTo(0);
    }

    [Fact]
    public void What_cannot_be_carried_is_refused()
    {
        var writer = new TsWriter();
        foreach (var track in new[] { Shapes.Vp8, Shapes.Vp9, Shapes.Flac, Shapes.G711, Shapes.Aac with { Configuration = default }, Shapes.H264 with { Configuration = default },
            Shapes.G711 with { Codec = Codec.Speex }, Shapes.G711 with { Codec = Codec.Vorbis }, Shapes.G711 with { Codec = Codec.Unknown } })
        {
            writer.Judge(track).ShouldBe(TrackVerdict.Unsupported, track.Codec.ToString());
        }

        foreach (var track in TsShapes.AllVideo.Concat(TsShapes.AllAudio).Append(Shapes.G711 with { Id = 201, Codec = Codec.ScriptData, Kind = TrackKind.Data }))
            writer.Judge(track).ShouldBe(TrackVerdict.Accepted, track.Codec.ToString());
        Should.Throw<InvalidOperationException>(() => writer.Add(Shapes.VideoFrames(Shapes.Vp9, new Random(1), 0, 1)[0]));
        writer.Length.ShouldBe(0);
    }

    [Fact]
    public void Writing_settles_down()
    {
        var frames = Shapes.Interleave(TsShapes.Video(Shapes.H264, new Random(7), 0, 50), TsShapes.Audio(Shapes.Aac, new Random(7), 0, 90)).ToArray();
        var writer = new TsWriter(new TsWriterOptions { RecordData = true, Metadata = MatrixFiles.Metadata() });
        var plan = new DiskPlan();
        var round = 0L;
        for (var i = 0; i < 10; i++)
            Cut();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            Cut();
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(20_000);

        void Cut()
        {
            foreach (ref readonly var frame in frames.AsSpan())
                writer.Add(frame with { DecodeTime = frame.DecodeTime + round * 2 * frame.Track.Timescale });
            writer.CutFragment(plan, []);
            plan.Clear();
            round++;
        }
    }
}
