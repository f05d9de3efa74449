using System.Buffers.Binary;
using Tapedeck.Containers;
using Tapedeck.Engine.Recording;
using Tapedeck.Media;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Tests.Recording;

/// <summary>
/// A container for tests: <c>TEST</c>, then for each frame its length, position, track and payload, at the end a length of -1. Like MP4 it wants
/// to know its tracks when the header is written.
/// </summary>
internal sealed record TestContainer
{
    public bool NeedsLookahead { get; init; } = true;

    public bool TakesTracksLate { get; init; }

    public Func<Track, bool> Carries { get; init; } = _ => true;

    /// <summary>Called before each cut with the number of cuts of that file so far; may throw.</summary>
    public Action<int> BeforeCut { get; init; } = _ => { };

    public Action BeforeFinish { get; init; } = () => { };

    public ContainerFormat Format => new(
        RecordingFormat.Flv,
        ".test",
        NeedsLookahead,
        settings => settings.FragmentDuration,
        _ => new TestWriter(this, 0),
        Continue);

    private TestWriter Continue(Stream file, ContainerContext context, DiskPlan plan)
    {
        var magic = new byte[4];
        file.ReadAtLeast(magic, 4, throwOnEndOfStream: false);
        if (!magic.AsSpan().SequenceEqual("TEST"u8))
            throw new ContainerFormatException("Not a test file.");
        var length = file.Length - 4; // the end mark goes
        plan.Truncate(length);
        return new TestWriter(this, length);
    }
}

internal sealed class TestWriter(TestContainer options, long existing) : IContainerWriter
{
    private readonly bool _continues = existing > 0;
    private readonly Dictionary<int, Track> _tracks = [];
    private readonly List<MediaFrame> _pending = [];
    private bool _hasHeader = existing > 0;
    private int _cuts;

    public TimeSpan Duration { get; private set; }

    public long Length { get; private set; } = existing;

    public TrackVerdict Judge(Track track)
    {
        if (!options.Carries(track))
            return TrackVerdict.Unsupported;
        if (_tracks.TryGetValue(track.Id, out var known))
            return ReferenceEquals(known, track) ? TrackVerdict.Accepted : TrackVerdict.NeedsNewFile;
        return _hasHeader && !_continues && !options.TakesTracksLate ? TrackVerdict.NeedsNewFile : TrackVerdict.Accepted;
    }

    public void Add(in MediaFrame frame)
    {
        if (frame.Kind != FrameKind.Sample)
            return;
        Judge(frame.Track).ShouldBe(TrackVerdict.Accepted);
        _tracks[frame.Track.Id] = frame.Track;
        _pending.Add(frame);
        Duration += TimeSpan.FromMilliseconds(1);
    }

    public void CutFragment(DiskPlan plan, ReadOnlySpan<MediaFrame> following)
    {
        if (_pending.Count == 0)
            return;
        options.BeforeCut(_cuts++);
        var write = plan.Write(Length);
        if (!_hasHeader)
            write.Add("TEST"u8.ToArray());
        _hasHeader = true;
        foreach (var frame in _pending)
        {
            var head = plan.Scratch(16);
            BinaryPrimitives.WriteInt32LittleEndian(head.Span, frame.Payload.Length);
            BinaryPrimitives.WriteInt64LittleEndian(head.Span[4..], frame.Position);
            BinaryPrimitives.WriteInt32LittleEndian(head.Span[12..], frame.Track.Id);
            write.Add(head);
            write.Add(frame.Payload);
        }

        Length += write.Length;
        _pending.Clear();
    }

    public void Finish(DiskPlan plan)
    {
        CutFragment(plan, default);
        options.BeforeFinish();
        plan.Write(Length).Add(new byte[] { 255, 255, 255, 255 });
        Length += 4;
        plan.Sync();
    }
}

/// <summary>What such a file holds; every payload is checked on the way.</summary>
internal sealed record TestFile(List<long> Positions, List<int> Tracks, bool IsFinished)
{
    public static TestFile Read(string path) => Parse(File.ReadAllBytes(path));

    public static TestFile Parse(ReadOnlySpan<byte> bytes)
    {
        var file = new TestFile([], [], false);
        bytes[..4].SequenceEqual("TEST"u8).ShouldBeTrue();
        bytes = bytes[4..];
        while (bytes.Length >= 16)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(bytes);
            var position = BinaryPrimitives.ReadInt64LittleEndian(bytes[4..]);
            Pattern.Holds(bytes.Slice(16, length), position).ShouldBeTrue();
            file.Positions.Add(position);
            file.Tracks.Add(BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]));
            bytes = bytes[(16 + length)..];
        }

        return file with { IsFinished = bytes.Length == 4 && BinaryPrimitives.ReadInt32LittleEndian(bytes) == -1 };
    }
}
