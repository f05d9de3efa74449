using Tapedeck.Engine.Streams;
using Tapedeck.Media;
using Tapedeck.Streams;

namespace Tapedeck.Engine.Tests;

/// <summary>A live stream and its publisher; every frame carries its own position in its payload. Times are milliseconds.</summary>
internal sealed class TestStream
{
    public TestStream(StreamOptions? options = null, SlabPool? pool = null, string name = "cam", StreamRegistry? registry = null)
    {
        Pool = pool ?? new SlabPool();
        Registry = registry ?? new StreamRegistry("live", "_definst_", Pool, options ?? new StreamOptions(), Time);
        Publisher = Registry.TryPublish(name, new FakeClient())!;
        Stream = (LiveStream)Publisher.Stream;
    }

    public FakeTimeProvider Time { get; } = new();

    public SlabPool Pool { get; }

    public StreamRegistry Registry { get; }

    public IStreamPublisher Publisher { get; }

    public LiveStream Stream { get; }

    /// <summary>Position of the next frame.</summary>
    public long Next { get; private set; }

    public Track VideoTrack { get; set; } = TestTracks.Video();

    public Track AudioTrack { get; set; } = TestTracks.Audio();

    public long Append(Track track, long time, bool key, int length = 100, FrameKind kind = FrameKind.Sample)
    {
        var lent = Publisher.Lend(length);
        Pattern.Fill(lent.Span, Next);
        AppendLent(track, time, key, lent, kind);
        Publisher.Return(lent);
        return Next - 1;
    }

    public void AppendLent(Track track, long time, bool key, Memory<byte> lent, FrameKind kind = FrameKind.Sample)
    {
        Publisher.Append(
            new MediaFrame { Track = track, Kind = kind, DecodeTime = time, Flags = key ? FrameFlags.Key : FrameFlags.None, Payload = lent, Packet = lent },
            lent);
        Next++;
    }

    public long Video(long time, bool key = false, int length = 100)
    {
        var position = Append(VideoTrack, time, key, length);
        Publisher.Commit();
        return position;
    }

    public long Audio(long time, int length = 100)
    {
        var position = Append(AudioTrack, time, key: true, length);
        Publisher.Commit();
        return position;
    }

    /// <summary>Video frames at 25 a second, a key frame first and then every <paramref name="gop"/> frames.</summary>
    public void Run(int frames, int length = 1000, int gop = int.MaxValue)
    {
        for (var i = 0; i < frames; i++)
            Video(Next * 40, key: i % gop == 0, length);
    }

    public IStreamReader Viewer(long maximumLag = 4 * 1024 * 1024, ReaderStart start = ReaderStart.LatestKeyFrame) =>
        Stream.OpenReader(new ReaderOptions { Start = start, MaxLagBytes = maximumLag });

    public IStreamReader Recorder(long maximumLag = 32 * 1024 * 1024) =>
        Stream.OpenReader(new ReaderOptions { Start = ReaderStart.Next, Lossless = true, MaxLagBytes = maximumLag });

    public void End(StreamEndReason reason = StreamEndReason.Unpublished) => Publisher.End(reason);
}
