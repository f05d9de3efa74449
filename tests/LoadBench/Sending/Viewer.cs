using System.Diagnostics;
using System.Text;
using Tapedeck.Protocols.Rtmp;

namespace Tapedeck.LoadBench;

/// <summary>One connection that plays a published stream, and knows each frame of the clip again: none may be missing.</summary>
internal sealed class Viewer : IMessageSink, IDisposable
{
    private readonly Wire _wire = new();
    private readonly Clip _clip;
    private readonly Publisher _publisher;
    private readonly ChunkReader _reader;
    private readonly byte[] _received = new byte[64 * 1024];
    private readonly byte[][] _lent = new byte[64][];
    private readonly List<double> _latencies = [];
    private bool _isPlaying;
    private volatile bool _isConnected;
    private volatile bool _isMeasuring;
    private volatile int _last = -1;

    public Viewer(Clip clip, Publisher publisher)
    {
        _clip = clip;
        _publisher = publisher;
        _reader = new ChunkReader(this, RtmpLimits.Default);
    }

    /// <summary>Frames received.</summary>
    public long Frames { get; private set; }

    /// <summary>Frames between the first and the last received that did not come, or came out of order.</summary>
    public long Missing { get; private set; }

    /// <summary>Bytes received, with chunk headers.</summary>
    public long Bytes => _reader.BytesReceived;

    /// <summary>Milliseconds from before a message was sent until it was read, of all that were sent while it was measured.</summary>
    public IReadOnlyList<double> Latencies => _latencies;

    /// <summary>Whether the last frame that the publisher sent has come.</summary>
    public bool HasAll => _last == _publisher.Last;

    /// <summary>Whether <see cref="Connect"/> has done with it; from then on another thread may read.</summary>
    public bool IsPlaying => _isConnected;

    public void Connect(int port, string application)
    {
        _wire.Connect(port, secure: false);
        Session.Open(_wire, port, application, "play", _publisher.Name, -1.0);
        while (!_isPlaying)
        {
            if (!ReadOnce())
                throw new IOException($"The server closed the connection of a viewer of {_publisher.Name} before it played.");
        }

        _isConnected = true;
    }

    /// <summary>Keeps latencies from now on.</summary>
    public void Measure() => _isMeasuring = true;

    public void StopMeasuring() => _isMeasuring = false;

    /// <summary>Reads until the connection ends: a thread of its own, so that nothing is read later than it comes.</summary>
    public void ReadToEnd()
    {
        try
        {
            while (ReadOnce())
            {
            }
        }
        catch (IOException)
        {
            // It was closed, or nothing came for 20 s after the publisher's end.
        }
    }

    /// <summary>Reads what has come, and does not wait.</summary>
    public void ReadAvailable()
    {
        while (_wire.Available > 0 && ReadOnce())
        {
        }
    }

    public Memory<byte> Lend(in MessageHeader header, int atLeast)
    {
        ref var buffer = ref _lent[header.ChunkStreamId % _lent.Length];
        if (buffer is null || buffer.Length < atLeast)
        {
            var larger = new byte[Math.Max(atLeast, 64 * 1024)];
            buffer = larger;
        }

        return buffer;
    }

    public void OnMessage(in MessageHeader header, ReadOnlyMemory<byte> body)
    {
        if (header.Type == MessageType.CommandAmf0)
        {
            var text = Encoding.Latin1.GetString(body.Span);
            if (text.Contains("NetStream.Play.Start", StringComparison.Ordinal))
                _isPlaying = true;
            else if (text.Contains("_error", StringComparison.Ordinal) || text.Contains("Failed", StringComparison.Ordinal) || text.Contains("NotFound", StringComparison.Ordinal))
                throw new IOException($"The server refused to play {_publisher.Name}: {text}");
        }

        if (header.Type is MessageType.Audio or MessageType.Video && _clip.Numbers.TryGetValue(Clip.KeyOf(body.Span), out var number))
            Take(number);
    }

    public void OnAbandoned(in MessageHeader header, Memory<byte> lent)
    {
    }

    public void Dispose() => _wire.Dispose();

    private void Take(int number)
    {
        Frames++;
        if (_last >= 0)
            Missing += (number - _last - 1 + _clip.Frames) % _clip.Frames;
        _last = number;
        if (_isMeasuring && _publisher.SentAt(number) is > 0 and var sent)
            _latencies.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
    }

    private bool ReadOnce()
    {
        var count = _wire.Receive(_received);
        _reader.Feed(_received.AsSpan(0, count));
        return count > 0;
    }
}
