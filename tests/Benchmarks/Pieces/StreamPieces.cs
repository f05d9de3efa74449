using BenchmarkDotNet.Attributes;
using Tapedeck.Engine.Streams;
using Tapedeck.Media;
using Tapedeck.Streams;

namespace Tapedeck.Benchmarks;

/// <summary>The log of a stream, between its publisher and a recorder.</summary>
public class StreamPieces
{
    private const int Frames = 64;
    private readonly StreamRegistry _registry = new("bench", "_definst_", new SlabPool(), new StreamOptions(), TimeProvider.System);
    private readonly IStreamPublisher _alone;
    private readonly IStreamPublisher _read;
    private readonly IStreamReader _reader;
    private readonly MediaFrame[] _frames;
    private long _shift;

    public StreamPieces()
    {
        var encoder = new Encoder();
        _frames = [.. Enumerable.Range(0, Frames).Select(i => encoder.Picture(i))];
        _alone = _registry.TryPublish("alone", new Nobody())!;
        _read = _registry.TryPublish("read", new Nobody())!;
        _reader = _read.Stream.OpenReader(new ReaderOptions { Start = ReaderStart.Next, Lossless = true });
    }

    /// <summary>The frame lies in memory of the log already, as the chunk reader leaves it; eight frames arrive at once.</summary>
    [Benchmark(Description = "log: append a frame", OperationsPerInvoke = Frames)]
    public void Append() => Publish(_alone);

    /// <summary>As a recorder reads: in batches, without a copy.</summary>
    [Benchmark(Description = "log: append and read a frame", OperationsPerInvoke = Frames)]
    public long AppendAndRead()
    {
        Publish(_read);
        var bytes = 0L;
        while (_reader.TryRead(Frames))
        {
            foreach (ref readonly var frame in _reader.Frames.Span)
                bytes += frame.Payload.Length;
            _reader.Advance(_reader.Frames.Length);
        }

        return bytes;
    }

    private void Publish(IStreamPublisher publisher)
    {
        for (var i = 0; i < Frames; i++)
        {
            ref readonly var frame = ref _frames[i];
            var lent = publisher.Lend(frame.Payload.Length);
            publisher.Append(frame with { Payload = lent, DecodeTime = frame.DecodeTime + _shift }, lent);
            publisher.Return(lent);
            if (i % 8 == 7)
                publisher.Commit();
        }

        _shift += Frames * 3000;
    }
}
