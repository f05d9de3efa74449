using Tapedeck.Containers.Mp4;
using Tapedeck.Media;

namespace Tapedeck.Containers.Tests.Mp4;

/// <summary>A file that gets further descriptions is opened after every prefix of every write: what was committed must be there, described as it was sent.</summary>
public sealed class CodecChangeCrashTests
{
    private static readonly (Track Video, Track Audio, int Seconds)[] Parts =
    [
        (Shapes.H264, Shapes.Aac, 2), (ChangedStream.Large, Shapes.Aac, 1), (ChangedStream.Large, ChangedStream.Mono, 1),
        (ChangedStream.Numbered(2), Shapes.Aac, 1), (Shapes.H264, ChangedStream.Mono, 1),
    ];

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(1, 3)]
    public void Killed_anywhere_every_committed_frame_is_there_as_it_was_described(int seed, int form)
    {
        var random = new Random(seed);
        var frames = ChangedStream.Frames(seed, Parts);
        var expected = ChangedStream.AsWritten(frames);
        var options = ChangedStream.Options with
        {
            Index = form == 1 ? Mp4IndexPlace.Front : Mp4IndexPlace.Tail,
            ExpectedDuration = TimeSpan.FromSeconds(10),
            WinQtCompat = form == 2,
            Fragmented = form == 3,
        };
        using var writer = new Mp4Writer(options);
        var image = new DiskImage();
        var (states, headers) = (0, 0);
        ChangedStream.Write(
            writer,
            image,
            frames,
            committed => Check(image, expected, committed),
            (operation, committed) =>
            {
                if (image.Bytes.Length < 36 + 16 || committed == 0 || operation.Kind != DiskOperationKind.Write || operation.Length <= 16)
                    return;

                // A header that is written into its room is cut at every few bytes, a fragment at some places.
                var isHeader = operation.Offset + operation.Length < image.Bytes.Length && operation.Offset < 1 << 16;
                headers += isHeader ? 1 : 0;
                for (long at = 0; at < operation.Length; at += isHeader ? 5 : 1 + random.NextInt64(operation.Length / 8))
                {
                    var torn = new DiskImage(image.Bytes);
                    torn.Apply(operation, at);
                    Check(torn, expected, committed);
                    states++;
                }
            });
        headers.ShouldBeGreaterThanOrEqualTo(3);
        states.ShouldBeGreaterThan(1000);
        using var reader = Mp4Reader.Open(image.Open());
        reader.IsFinished.ShouldBeTrue();
        ChangedStream.ShouldMatch(Recorder.Read(reader), frames, "finished");
    }

    [Fact]
    public void Power_lost_before_the_switch_leaves_the_old_header()
    {
        var random = new Random(7);
        var frames = ChangedStream.Frames(1, Parts);
        var expected = ChangedStream.AsWritten(frames);
        using var writer = new Mp4Writer(ChangedStream.Options);
        var image = new DiskImage();
        var states = 0;
        ChangedStream.Write(writer, image, frames, operation: (operation, committed) =>
        {
            if (committed == 0 || operation.Kind != DiskOperationKind.Write || operation.Length <= 16 || operation.Offset + operation.Length >= image.Bytes.Length)
                return;

            // Before the sync any sectors of the new header may be on the medium; the others are zeros, as the room was.
            var whole = new DiskImage(image.Bytes);
            whole.Apply(operation, operation.Length);
            for (var attempt = 0; attempt < 40; attempt++)
            {
                var bytes = whole.Bytes;
                for (var sector = operation.Offset / 512; sector * 512 < operation.Offset + operation.Length; sector++)
                {
                    if (random.Next(2) == 0)
                        image.Bytes.AsSpan((int)sector * 512, 512).CopyTo(bytes.AsSpan((int)sector * 512));
                }

                Check(new DiskImage(bytes), expected, committed);
                states++;
            }
        });
        states.ShouldBeGreaterThanOrEqualTo(120);
    }

    [Fact]
    public void The_switch_and_its_sync_come_before_the_fragment_that_needs_it()
    {
        var steps = new List<string>();
        using var writer = new Mp4Writer(new Mp4WriterOptions { ChangesInFile = true });
        ChangedStream.Write(writer, new DiskImage(), ChangedStream.Frames(1, Parts[..2]), operation: (operation, _) =>
        {
            steps.Add(operation.Kind == DiskOperationKind.Sync ? "sync" : operation.Length == 8 ? operation.Offset == 52 ? "switch" : "commit" : operation.Offset is > 0 and < 16384 ? "header" : "media");
            if (operation.Kind == DiskOperationKind.Write && operation.Length <= 16)
                (operation.Offset / 512).ShouldBe((operation.Offset + operation.Length - 1) / 512);
        }, finish: false);
        string.Join(" ", steps).ShouldContain("commit header sync switch media sync commit");
        steps.Count(step => step == "header").ShouldBe(1);
        steps.Count(step => step == "media").ShouldBe(steps.Count(step => step == "commit"));
    }

    /// <summary>Thousands of states: compared without a word, unless they differ.</summary>
    private static void Check(DiskImage image, List<MediaFrame> expected, int committed)
    {
        if (committed == 0)
            return;
        using var reader = Mp4Reader.Open(image.Open());
        var count = 0;
        var next = new Dictionary<int, (int Index, long Shift)>();
        while (reader.TryRead(out var frame))
        {
            var id = frame.Track.Id;
            var index = expected.FindIndex(next.TryGetValue(id, out var place) ? place.Index + 1 : 0, other => other.Track.Id == id);
            var (sent, shift) = (expected[index], next.ContainsKey(id) ? place.Shift : frame.DecodeTime - expected[index].DecodeTime);
            next[id] = (index, shift);
            count++;
            if (index >= committed || frame.DecodeTime - shift != sent.DecodeTime || !frame.Payload.Span.SequenceEqual(sent.Payload.Span)
                || !frame.Track.Configuration.Span.SequenceEqual(sent.Track.Configuration.Span))
            {
                throw new InvalidOperationException($"Frame {index} of track {id} is not what was sent; {committed} are committed, the file has {image.Bytes.Length} bytes.");
            }
        }

        count.ShouldBe(committed);
    }
}
