using Tapedeck.Engine.Streams;
using Tapedeck.Streams;

namespace Tapedeck.Engine.Tests.Streams;

/// <summary>Readers that begin in the past. 25 pictures a second, a key frame each second.</summary>
public sealed class PrerollTests
{
    private readonly SlabPool _pool = new();

    [Theory]
    [InlineData(0.5, 1475)] // the key frame before that point
    [InlineData(3, 1400)]
    [InlineData(10, 1225)]
    [InlineData(3600, 1225)] // what is still held
    public void It_begins_with_the_key_frame_at_or_before_the_point(double seconds, long expected)
    {
        var stream = Stream(10, 1 << 30);
        stream.Run(1500, length: 20_000, gop: 25); // 60 s in many slabs: what is old went
        First(stream, seconds).ShouldBeInRange(expected - (seconds >= 10 ? 50 : 0), expected);
    }

    [Fact]
    public void Everything_from_there_on_is_read_although_the_reader_may_lag_less()
    {
        var stream = Stream(10, 1 << 30);
        stream.Run(500, length: 20_000, gop: 25);
        using var reader = stream.Stream.OpenReader(new ReaderOptions { Start = ReaderStart.Next, Back = TimeSpan.FromSeconds(8), Lossless = true, MaxLagBytes = 1 << 20 });
        stream.Run(40, length: 20_000, gop: 25); // 800 kB more
        var positions = reader.Drain();
        positions.ShouldBe(ReaderExtensions.Range(positions[0], 540));
        positions[0].ShouldBe(275);
        reader.LostFrames.ShouldBe(0);
    }

    [Fact]
    public void No_more_bytes_are_kept_than_allowed()
    {
        var stream = Stream(3600, 4 << 20);
        stream.Run(5000, length: 20_000, gop: 25); // 100 MB
        _pool.LentBytes.ShouldBeLessThan((4 << 20) + (25 * 20_000) + (2 * SlabPool.SlabBytes));
        First(stream, 3600).ShouldBeGreaterThan(5000 - ((4 << 20) / 20_000) - 1);
    }

    [Fact]
    public void A_group_of_pictures_larger_than_allowed_is_not_kept()
    {
        var stream = Stream(3600, 1 << 20);
        stream.Run(1000, length: 20_000, gop: 500);
        _pool.LentBytes.ShouldBeLessThan(9 << 20, "the group of pictures that viewers begin with is bounded otherwise");
    }

    [Fact]
    public void Without_preroll_nothing_is_kept_and_a_reader_begins_with_what_comes()
    {
        var stream = new TestStream(new StreamOptions { GopCacheBytes = 0 }, _pool);
        stream.Run(1000, length: 20_000, gop: 25);
        _pool.LentBytes.ShouldBeLessThan(3 * SlabPool.SlabBytes);
        using var reader = Past(stream, 3600);
        stream.Run(1);
        reader.Drain()[^1].ShouldBe(1000);
    }

    [Fact]
    public void Memory_goes_back_when_the_stream_ends()
    {
        var stream = Stream(60, 1 << 30);
        stream.Run(500, length: 20_000, gop: 25);
        _pool.LentBytes.ShouldBeGreaterThan(500 * 20_000);
        stream.End();
        _pool.LentBytes.ShouldBe(0);
        using var reader = Past(stream, 10);
        reader.Drain().ShouldBeEmpty();
    }

    [Fact]
    public void Sound_alone_has_a_key_in_every_frame()
    {
        var stream = Stream(10, 1 << 30);
        for (var i = 0; i < 5000; i++)
            stream.Audio(i * 20, length: 500);
        First(stream, 5).ShouldBe(4999 - 250);
    }

    [Fact]
    public async Task Readers_that_begin_while_the_log_is_reclaimed_lose_nothing()
    {
        var stream = Stream(2, 1 << 30);
        stream.Run(200, length: 20_000, gop: 25);
        var writing = Task.Run(() => stream.Run(20_000, length: 20_000, gop: 25));
        var readers = 0;
        while (!writing.IsCompleted)
        {
            using var reader = Past(stream, 1);
            if (!reader.TryRead(64))
                continue;
            reader.CheckFrames();
            reader.LostFrames.ShouldBe(0);
            (reader.Frames.Span[0].Position % 25).ShouldBe(0);
            readers++;
        }

        await writing;
        readers.ShouldBeGreaterThan(0);
    }

    private static IStreamReader Past(TestStream stream, double seconds) => stream.Stream.OpenReader(
        new ReaderOptions { Start = ReaderStart.Next, Back = TimeSpan.FromSeconds(seconds), Lossless = true, MaxLagBytes = 32 << 20 });

    private static long First(TestStream stream, double seconds)
    {
        using var reader = Past(stream, seconds);
        reader.TryRead(1).ShouldBeTrue();
        reader.CheckFrames();
        return reader.Frames.Span[0].Position;
    }

    private TestStream Stream(double seconds, long bytes) => new(
        pool: _pool,
        registry: new StreamRegistry("live", "_definst_", _pool, new StreamOptions(), new FakeTimeProvider(), new Preroll(TimeSpan.FromSeconds(seconds), bytes)));
}
