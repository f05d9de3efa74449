using Tapedeck.Containers.Flv;
using Tapedeck.Media;
using Tapedeck.Streams;

namespace Tapedeck.Ingest.Rtmp.Tests.Kit;

/// <summary>A frame as it was found in the log.</summary>
internal sealed record TapFrame(Track Track, FrameKind Kind, FrameFlags Flags, long Time, byte[] Packet)
{
    public static TapFrame From(in MediaFrame frame) =>
        new(frame.Track, frame.Kind, frame.Flags, FlvTime.ToMilliseconds(frame.DecodeTime, frame.Track.Timescale), frame.Packet.ToArray());

    /// <summary>Type, time and bytes in one comparable piece.</summary>
    public string Text => $"{Track.Kind} {Time} {Convert.ToHexString(Packet)}";
}

/// <summary>Reads a stream's log from its first frame on, as a recorder does.</summary>
internal sealed class FrameTap(ILiveStream stream) : IDisposable
{
    private readonly IStreamReader _reader = stream.OpenReader(new ReaderOptions { Start = ReaderStart.Next, Lossless = true, MaxLagBytes = 1L << 30 });

    public ILiveStream Stream => stream;

    /// <summary>The next frames.</summary>
    public async Task<List<TapFrame>> TakeAsync(int count)
    {
        var result = new List<TapFrame>();
        while (result.Count < count)
            (await ReadAsync(result, count - result.Count)).ShouldBeTrue($"the stream ended after {result.Count} of {count} frames");
        return result;
    }

    /// <summary>All that is left, when the stream has ended.</summary>
    public async Task<List<TapFrame>> RestAsync()
    {
        var result = new List<TapFrame>();
        while (await ReadAsync(result, 256))
        {
        }

        return result;
    }

    public void Dispose() => _reader.Dispose();

    private async Task<bool> ReadAsync(List<TapFrame> into, int most)
    {
        if (!await _reader.WaitAsync(TimeSpan.Zero, most).AsTask().WaitAsync(TestServer.Patience))
            return false;
        foreach (ref readonly var frame in _reader.Frames.Span)
            into.Add(TapFrame.From(frame));
        _reader.Advance(_reader.Frames.Length);
        return true;
    }
}
