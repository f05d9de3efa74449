using Tapedeck.Engine.Recording;
using Tapedeck.Media;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Tests.Recording;

public sealed class RecordingClockTests
{
    private readonly List<(DiscontinuityCause Cause, double Seconds)> _reported = [];
    private readonly RecordingClock _clock;
    private readonly Track _video = TestTracks.Video();
    private readonly Track _audio = TestTracks.Audio();

    public RecordingClockTests() => _clock = new RecordingClock((cause, length, _) => _reported.Add((cause, Math.Round(length.TotalSeconds, 3))));

    [Fact]
    public void A_clock_that_runs_is_left_alone_wherever_it_begins()
    {
        for (long time = 5_000_000; time < 5_010_000; time += 40)
        {
            Video(time).ShouldBe(time);
            Audio(time).ShouldBe(time);
        }

        _reported.ShouldBeEmpty();
        _clock.Elapsed.TotalSeconds.ShouldBe(10, 0.05);
    }

    [Fact]
    public void A_gap_keeps_its_time_and_is_noted_once_for_all_tracks()
    {
        Run(0, 1000);
        Video(6000).ShouldBe(6000);
        Audio(6000).ShouldBe(6000);
        _reported.ShouldBe([(DiscontinuityCause.Gap, 5.0)]);
    }

    [Fact]
    public void A_track_that_is_silent_alone_has_its_own_gap_however_long_and_others_go_on()
    {
        Run(0, 1000);
        for (var time = 1000; time < 31_000; time += 40)
            Audio(time).ShouldBe(time);
        Video(31_000).ShouldBe(31_000);
        Audio(31_000).ShouldBe(31_000);
        _reported.ShouldBe([(DiscontinuityCause.Gap, 30.0)]);
    }

    [Fact]
    public void Pictures_that_come_seldom_are_no_gaps()
    {
        for (var time = 0; time < 60_000; time += 40)
        {
            Audio(time);
            if (time % 4000 == 0)
                Video(time).ShouldBe(time);
        }

        _reported.Count.ShouldBeLessThanOrEqualTo(1);
    }

    [Theory]
    [InlineData((1L << 24) * 1000)]
    [InlineData((1L << 31) * 1000)]
    [InlineData((1L << 32) * 1000)]
    [InlineData((1L << 33) * 100 / 9)]
    public void A_clock_that_begins_again_at_the_end_of_its_range_counts_on(long range)
    {
        var milliseconds = range / 1000;
        var start = (milliseconds - 1000) / 40 * 40;
        Run(start, start + 1000);
        for (var time = start + 1000; time < start + 3000; time += 40)
        {
            Video(time - milliseconds).ShouldBe(time, 1);
            Audio(time + 10 - milliseconds).ShouldBe(time + 10, 1);
        }

        // 32 bits of milliseconds are passed twice: by ingest, which counted on up to here, and by this.
        _reported.Distinct().ShouldBe([(DiscontinuityCause.Wrap, 0.0)]);
    }

    [Fact]
    public void A_range_that_ingest_counted_on_over_is_noted()
    {
        const long End = 1L << 32;
        for (var time = End - 1000 + 24; time < End + 1000; time += 40)
            Video(time).ShouldBe(time);
        _reported.ShouldBe([(DiscontinuityCause.Wrap, 0.0)]);
    }

    [Fact]
    public void After_a_leap_no_picture_is_shown_before_the_last_one_ended()
    {
        // I P B B: decoded every 40 ms, P shown three frames late.
        int[] offsets = [40, 120, 0, 0];
        var shown = new List<double>();
        var decoded = long.MinValue;
        for (var i = 0; i < 400; i++)
        {
            var frame = Frame(_video, i * 40 + (i >= 200 ? 900_000 : 0)) with { PresentationOffset = offsets[i % 4] };
            var placed = _clock.Place(frame);
            shown.Add(placed.PresentationTime);
            placed.DecodeTime.ShouldBeGreaterThan(decoded);
            decoded = placed.DecodeTime;
        }

        shown.Distinct().Count().ShouldBe(400);
        shown[..200].Max().ShouldBeLessThan(shown[200..].Min());
        var sorted = shown.Order().ToList();
        for (var i = 1; i < sorted.Count; i++)
            (sorted[i] - sorted[i - 1]).ShouldBeInRange(39, 161);
        _reported.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(86_400_000, DiscontinuityCause.JumpForward)]
    [InlineData(-900_000, DiscontinuityCause.JumpBack)]
    public void A_leap_is_taken_out_once_and_sound_keeps_its_offset_to_the_picture(long leap, DiscontinuityCause cause)
    {
        Run(1_000_000, 1_001_000);
        for (long time = 1_001_000; time < 1_003_000; time += 40)
        {
            var picture = Video(time + leap);
            var sound = Audio(time + leap + 15);
            (sound - picture).ShouldBe(15);
            picture.ShouldBe(time, 5);
        }

        _reported.Count.ShouldBe(1);
        _reported[0].Cause.ShouldBe(cause);
        _reported[0].Seconds.ShouldBe(leap / 1000.0, 0.1);
    }

    [Fact]
    public void A_track_that_leaps_later_takes_over_the_correction()
    {
        Run(1_000_000, 1_001_000);
        Video(5_001_000).ShouldBe(1_001_000, 5);
        Audio(1_001_000).ShouldBe(1_001_000); // still on the old clock
        Audio(1_001_020).ShouldBe(1_001_020);
        Video(5_001_040).ShouldBe(1_001_040, 5);
        Audio(5_001_045).ShouldBe(1_001_045, 5);
        _reported.Count.ShouldBe(1);
    }

    [Fact]
    public void After_a_pause_time_goes_on_where_it_was()
    {
        Run(0, 1000);
        _clock.Continue();
        var picture = Video(61_000);
        picture.ShouldBe(1000, 45);
        Audio(61_010).ShouldBe(picture + 10);
        Video(61_040).ShouldBe(picture + 40);
        _reported.ShouldBeEmpty();
    }

    [Fact]
    public void Disorder_of_the_encoder_is_no_leap()
    {
        Run(0, 1000);
        Video(920).ShouldBe(920);
        Video(1040).ShouldBe(1040);
        _reported.ShouldBe([(DiscontinuityCause.Disorder, -0.04)]);
        for (var time = 1080; time < 9000; time += 80)
        {
            Video(time);
            Video(time - 40);
        }

        _reported.Count.ShouldBe(1, "disorder with every frame is told once in 10 s");
    }

    [Fact]
    public void A_frame_that_is_placed_twice_stays_where_it_is()
    {
        Run(0, 1000);
        var placed = Video(900_000);
        Video(900_000).ShouldBe(placed);
        _reported.Count.ShouldBe(1);
    }

    [Fact]
    public void A_preview_changes_nothing_and_refuses_a_leap()
    {
        Run(0, 1000);
        _clock.TryPreview(Frame(_video, 1000), out var placed).ShouldBeTrue();
        (placed.DecodeTime * 1000 / _video.Timescale).ShouldBe(1000);
        _clock.TryPreview(Frame(_video, 500_000), out _).ShouldBeFalse();
        Video(1000).ShouldBe(1000);
        _reported.ShouldBeEmpty();
    }

    private void Run(long from, long to)
    {
        for (var time = from; time < to; time += 40)
        {
            Video(time);
            Audio(time);
        }
    }

    private double Video(long milliseconds) => Place(_video, milliseconds);

    private double Audio(long milliseconds) => Math.Round(Place(_audio, milliseconds));

    private double Place(Track track, long milliseconds) => _clock.Place(Frame(track, milliseconds)).DecodeTime * 1000.0 / track.Timescale;

    private static MediaFrame Frame(Track track, long milliseconds) => new()
    {
        Track = track,
        Kind = FrameKind.Sample,
        DecodeTime = milliseconds * track.Timescale / 1000,
        Payload = new byte[10],
    };
}
