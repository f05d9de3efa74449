using Tapedeck.Engine.Streams;
using Tapedeck.Streams;

namespace Tapedeck.Engine.Tests.Streams;

/// <summary>One publisher, readers of every temper, all at once: nobody ever sees memory that is torn or was reused.</summary>
public sealed class StressTests
{
    private const int Frames = 200_000;

    private readonly TestStream _stream = new(new StreamOptions { GopCacheBytes = 2_000_000, ViewerLagBytes = 1_000_000 });

    [Fact]
    public async Task Nobody_sees_torn_or_reused_memory()
    {
        var recorders = new[]
        {
            Read(_stream.Recorder(1 << 30), default, 256, r => r.Frames.Length),
            Read(_stream.Recorder(1 << 30), TimeSpan.FromMilliseconds(900), 16 * 1024, r => Math.Max(1, r.Frames.Length * 2 / 3)),
        };
        var viewers = new[]
        {
            Read(_stream.Viewer(), default, 256, r => r.Frames.Length),
            Read(_stream.Viewer(70_000), default, 3, r => 1),
            Read(_stream.Viewer(70_000), TimeSpan.FromSeconds(2), 1000, r => { Thread.SpinWait(20_000); r.CheckFrames(); return r.Frames.Length / 2; }),
            Poll(),
            JoinAgainAndAgain(),
        };
        await Task.Factory.StartNew(Publish, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        foreach (var recorder in recorders)
        {
            var (read, lost) = await recorder;
            lost.ShouldBe(0);
            read.ShouldBe(Frames);
        }

        foreach (var viewer in viewers)
            (await viewer).Read.ShouldBeGreaterThan(0);
        _stream.Pool.LentBytes.ShouldBe(0);
    }

    private void Publish()
    {
        var random = new Random(4711);
        var published = 0;
        while (published < Frames)
        {
            for (var batch = random.Next(1, 9); batch > 0 && published < Frames; batch--, published++)
            {
                var length = random.Next(200) == 0 ? random.Next(20_000, 300_000) : random.Next(Pattern.MinimumLength, 500);
                var time = published * 5;
                if (random.Next(3) == 0)
                    _stream.Append(_stream.AudioTrack, time, key: true, length);
                else
                    _stream.Append(_stream.VideoTrack, time, key: random.Next(30) == 0, length);
            }

            if (random.Next(4) == 0)
                _stream.Publisher.Return(_stream.Publisher.Lend(random.Next(1, 5000)));
            _stream.Publisher.Commit();
        }

        _stream.End();
    }

    private static Task<(long Read, long Lost)> Read(IStreamReader reader, TimeSpan atLeast, int maximum, Func<IStreamReader, int> take) => Task.Run(async () =>
    {
        using (reader)
        {
            var expected = 0L;
            var read = 0L;
            while (await reader.WaitAsync(atLeast, maximum))
            {
                if (reader.Frames.Length == 0)
                    continue;
                expected = Check(reader, expected);
                var count = Math.Max(1, take(reader));
                read += count;
                expected = reader.Frames.Span[count - 1].Position + 1;
                reader.Advance(count);
            }

            (read + reader.LostFrames).ShouldBe(Frames);
            return (read, reader.LostFrames);
        }
    });

    private Task<(long Read, long Lost)> Poll()
    {
        var reader = _stream.Viewer(70_000);
        return Task.Factory.StartNew(() =>
        {
            using (reader)
            {
                var (expected, read) = (0L, 0L);
                while (true)
                {
                    var ended = reader.HasEnded;
                    if (!reader.TryRead(5))
                    {
                        if (ended)
                            break;
                        Thread.Yield();
                        continue;
                    }

                    expected = Check(reader, expected);
                    Thread.SpinWait(300);
                    reader.CheckFrames();
                    read += reader.Frames.Length;
                    expected = reader.Frames.Span[^1].Position + 1;
                    reader.Advance(reader.Frames.Length);
                }

                (read + reader.LostFrames).ShouldBe(Frames);
                return (read, reader.LostFrames);
            }
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private Task<(long Read, long Lost)> JoinAgainAndAgain() => Task.Run(async () =>
    {
        var read = 0L;
        while (true)
        {
            using var reader = _stream.Viewer();
            if (!await reader.WaitAsync())
                return (Math.Max(read, 1), 0L);
            if (reader.Frames.Length == 0)
                continue;
            Check(reader, 0);
            read += reader.Frames.Length;
        }
    });

    /// <summary>Positions go up by one within a delivery and never back between two.</summary>
    private static long Check(IStreamReader reader, long expected)
    {
        reader.CheckFrames();
        var first = reader.Frames.Span[0].Position;
        first.ShouldBeGreaterThanOrEqualTo(expected);
        for (var i = 0; i < reader.Frames.Length; i++)
        {
            if (reader.Frames.Span[i].Position != first + i)
                throw new InvalidDataException($"Frame {first + i} came as {reader.Frames.Span[i].Position}.");
        }

        return expected;
    }
}
