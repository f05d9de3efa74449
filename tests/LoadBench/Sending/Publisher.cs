using System.Diagnostics;

namespace Tapedeck.LoadBench;

/// <summary>One connection that publishes the clip. Its pump calls it; it never waits except for its own handshake.</summary>
internal sealed class Publisher : IDisposable
{
    private readonly Wire _wire = new();
    private readonly Clip _clip;
    private Pass _pass;
    private int _next;
    private int _within; // bytes of the next message that are sent already
    private long _passStart;
    private long[]? _stamps;

    public Publisher(Clip clip, string name)
    {
        _clip = clip;
        _pass = clip.First;
        Name = name;
    }

    public string Name { get; }

    public long Bytes { get; private set; }

    public long Video { get; private set; }

    public long Audio { get; private set; }

    /// <summary>Sends that the kernel did not take at once.</summary>
    public long Stalls { get; private set; }

    public Pace Pace { get; } = new();

    /// <summary>Milliseconds of media sent so far.</summary>
    public long Position => _passStart + (_next < _pass.Messages.Length ? _pass.Messages[_next].Due : _clip.Duration);

    /// <summary>Number of the media message sent last, in the clip.</summary>
    public int Last { get; private set; } = -1;

    /// <summary>Connects; with an application name, as an RTMP encoder would, else with nothing said.</summary>
    public void Connect(int port, string? application, bool secure = false)
    {
        _wire.Connect(port, secure);
        if (application is null)
            return;
        Session.Open(_wire, port, application, "publish", Name, "live");
        Session.Await(_wire, Name, "NetStream.Publish.Start");
    }

    /// <summary>Keeps when each message was sent, for viewers to compare.</summary>
    public void KeepStamps() => _stamps = new long[_clip.Again.Messages.Length];

    /// <summary>When a message of the clip was sent last (<see cref="Stopwatch"/>); 0: never. For any thread.</summary>
    public long SentAt(int message) => Volatile.Read(ref _stamps![message]);

    /// <summary>Sends what is due; returns the milliseconds until more is.</summary>
    /// <param name="now">Milliseconds since this publisher began.</param>
    public long SendDue(long now)
    {
        while (true)
        {
            if (_next == _pass.Messages.Length)
            {
                Turn();
                continue;
            }

            ref readonly var message = ref _pass.Messages[_next];
            var wait = _passStart + message.Due - now;
            if (wait > 0)
                return wait;
            if (_stamps is not null && _within == 0 && message.Media >= 0)
                Volatile.Write(ref _stamps[message.Media], Stopwatch.GetTimestamp());
            var count = _wire.Send(_pass.Bytes.AsSpan(message.Start + _within, message.Length - _within));
            Bytes += count;
            _within += count;
            if (_within < message.Length)
            {
                Stalls++;
                return 1;
            }

            Pace.Note(-wait);
            Last = message.Media;
            _within = 0;
            _next++;
        }
    }

    /// <summary>Sends whole passes as fast as they are taken, until so many bytes are gone.</summary>
    public void Flood(long bytes, int slice = 64 * 1024)
    {
        _wire.Block();
        while (Bytes < bytes)
        {
            for (var at = 0; at < _pass.Bytes.Length;)
            {
                var count = _wire.Send(_pass.Bytes.AsSpan(at, Math.Min(slice, _pass.Bytes.Length - at)));
                at += count;
                Bytes += count;
            }

            Turn();
            Drain();
        }
    }

    public void StopBlocking() => _wire.StopBlocking();

    /// <summary>Reads away what the server says.</summary>
    public void Drain() => _wire.Drain();

    /// <summary>Ends it in good order.</summary>
    public void Finish()
    {
        FinishMessage();
        CountPart();
        _wire.Finish();
    }

    public void Dispose() => _wire.Dispose();

    /// <summary>Sends the rest of a message that has begun.</summary>
    public void FinishMessage()
    {
        if (_within == 0)
            return;
        _wire.Block();
        ref readonly var message = ref _pass.Messages[_next];
        _wire.SendAll(_pass.Bytes.AsSpan(message.Start + _within, message.Length - _within));
        Bytes += message.Length - _within;
        Last = message.Media;
        _within = 0;
        _next++;
    }

    private void Turn()
    {
        Video += _pass.Video;
        Audio += _pass.Audio;
        _pass = _clip.Again;
        _next = 0;
        _passStart += _clip.Duration;
    }

    private void CountPart()
    {
        foreach (ref readonly var message in _pass.Messages.AsSpan(0, _next))
        {
            if (message.Media < 0)
                continue;
            if (message.IsVideo)
                Video++;
            else
                Audio++;
        }
    }
}
