using Tapedeck.Containers.Mp4;
using Tapedeck.Containers.Tests.Repair;
using Tapedeck.Media;
using Xunit.Abstractions;

namespace Tapedeck.Containers.Tests.Mp4;

/// <summary>Files of ffmpeg go on, with frames as a stream brings them: other track ids, other timescale.</summary>
public sealed class ForeignAppendTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("", false)]
    [InlineData("", true)]
    [InlineData("-movflags faststart", false)]
    [InlineData("-movflags faststart", true)]
    [InlineData("-movie_timescale 90000 -video_track_timescale 90000", false)]
    [InlineData("-movflags frag_keyframe", false)]
    [InlineData("-movflags frag_keyframe+empty_moov+default_base_moof", false)]
    [InlineData("-movflags frag_keyframe+delay_moov", true)]
    public void A_file_of_ffmpeg_goes_on(string options, bool fragmented)
    {
        if (!Foreign.CanMake)
        {
            output.WriteLine("NOT CHECKED: ffmpeg and ffprobe are not installed.");
            return;
        }

        var file = Foreign.Make(options);
        var counts = Foreign.PacketCounts(file);
        var before = Foreign.Listing(file);
        var live = Live(Foreign.Frames(file));
        var plan = new DiskPlan();
        using var writer = Mp4Writer.Continue(
            new MemoryStream(file), new Mp4WriterOptions { Fragmented = fragmented }, plan, [.. live.Select(frame => frame.Track).Distinct()]);
        var states = 0;
        foreach (var state in Foreign.Stops(file, plan))
        {
            states++;
            Foreign.Listing(state).ShouldBe(before, $"state {states}");
            Foreign.PacketCounts(state).ShouldBe(counts, $"state {states}");
            Foreign.Decode(state).ShouldBeEmpty($"state {states}");
        }

        var image = new DiskImage(file);
        image.Apply(plan);
        Recorder.Write(writer, image, live, 70, 20, _ => Foreign.Listing(image.Bytes)[..10].ShouldBe(before[..10]), finish: false);
        int[] twice = [.. counts.Select(count => count * 2)];
        Foreign.PacketCounts(image.Bytes).ShouldBe(twice);
        Foreign.Decode(image.Bytes).ShouldBeEmpty();
        plan.Clear();
        writer.Finish(plan);
        foreach (var state in Foreign.Stops(image.Bytes, plan))
        {
            Foreign.Frames(state).Count.ShouldBe(before.Count * 2);
            states++;
        }

        image.Apply(plan);
        Foreign.PacketCounts(image.Bytes).ShouldBe(twice);
        Foreign.Decode(image.Bytes).ShouldBeEmpty();
        using var reader = Mp4Reader.Open(image.Open());
        reader.IsFinished.ShouldBeTrue();
        reader.Duration.TotalSeconds.ShouldBeInRange(7.9, 8.3);
        var video = Recorder.Read(reader).Where(frame => frame.Track.Kind == TrackKind.Video).ToList();
        video.Zip(video.Skip(1)).ShouldAllBe(pair => pair.First.DecodeTime < pair.Second.DecodeTime);
        var joint = video[counts[0]].PresentationTime - video[..counts[0]].Max(frame => frame.PresentationTime);
        ((double)joint / video[0].Track.Timescale).ShouldBeInRange(0.035, 0.15);
        output.WriteLine($"{options}: {states} states, {string.Join("/", twice)} packets, joint {joint} ticks");

        // And once more.
        plan.Clear();
        using var third = Mp4Writer.Continue(image.Open(), new Mp4WriterOptions(), plan);
        image.Apply(plan);
        Recorder.Write(third, image, live, 200, 20);
        Foreign.PacketCounts(image.Bytes).ShouldBe([.. counts.Select(count => count * 3)]);
        Foreign.Decode(image.Bytes).ShouldBeEmpty();
    }

    [Fact]
    public void Tracks_that_differ_are_named()
    {
        if (!Foreign.CanMake)
            return;
        var file = Foreign.Make("");
        var plan = new DiskPlan();
        Refuse(Shapes.Hevc).ShouldContain("H264, not Hevc");
        Refuse(Shapes.H264).ShouldContain("configuration");
        Refuse(Shapes.Aac44).ShouldContain("Aac");
        Refuse(Shapes.Opus).ShouldContain("Aac, not Opus");
        plan.Operations.ShouldBeEmpty();

        string Refuse(Track track) => Should.Throw<ContainerFormatException>(
            () => Mp4Writer.Continue(new MemoryStream(file), new Mp4WriterOptions(), plan, [track])).Message;
    }

    [Fact]
    public void A_hidden_fragment_that_is_complete_is_kept()
    {
        if (!Foreign.CanMake)
            return;
        var frames = Foreign.Frames(Foreign.Make(""));
        using var writer = new Mp4Writer();
        var image = new DiskImage();
        Recorder.Write(writer, image, frames[..150], 50, 20, finish: false);
        foreach (var frame in frames[150..220])
            writer.Add(frame);
        var plan = new DiskPlan();
        writer.CutFragment(plan, []);
        image.Apply(plan.Operations[0], plan.Operations[0].Length);
        Foreign.Frames(image.Bytes).Count.ShouldBe(150);
        plan.Clear();
        using var next = Mp4Writer.Continue(image.Open(), new Mp4WriterOptions(), plan);
        image.Apply(plan);
        Foreign.Frames(image.Bytes).Count.ShouldBe(220);

        // One byte less, or one page of zeros, and it is cut.
        plan.Clear();
        writer.Dispose();
        Foreign.Decode(image.Bytes).ShouldBeEmpty();
    }

    /// <summary>
    /// As they would come in over RTMP. Pictures 5 ms late: half a frame would be on the verge of what ffmpeg rounds to the same frame number.
    /// </summary>
    internal static List<MediaFrame> Live(List<MediaFrame> frames)
    {
        var tracks = frames.Select(frame => frame.Track).DistinctBy(track => track.Id).ToDictionary(
            track => track.Id,
            track => track with { Id = track.Kind == TrackKind.Video ? 1 : 101, Timescale = track.Kind == TrackKind.Video ? 90000 : track.Timescale });
        return [.. frames.Select(frame =>
        {
            var track = tracks[frame.Track.Id];
            var old = frame.Track.Timescale;
            return frame with
            {
                Track = track,
                DecodeTime = frame.DecodeTime * track.Timescale / old + 5000L * track.Timescale + (track.Kind == TrackKind.Video ? 450 : 0),
                PresentationOffset = (int)((long)frame.PresentationOffset * track.Timescale / old),
            };
        })];
    }
}
