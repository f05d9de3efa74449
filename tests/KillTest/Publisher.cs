using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Tapedeck.Media;
using Tapedeck.Protocols.Rtmp;

namespace Tapedeck.KillTest;

/// <summary>A sample that was handed to the socket.</summary>
internal readonly record struct SentSample(TrackKind Track, long Time, ulong Hash, long BytesBehind);

/// <summary>What one publisher had sent at the moment of the kill.</summary>
/// <param name="Samples">In order; those whose socket write had completed.</param>
/// <param name="Bytes">Handed to the socket in all.</param>
/// <param name="InFlight">Of these, lying unread in the receive buffer of the host.</param>
internal sealed record SentState(IReadOnlyList<SentSample> Samples, long Bytes, long InFlight);

/// <summary>Publishes a clip in real time, again and again, and keeps account of what was sent.</summary>
internal sealed class Publisher(Clip clip, string application, string name) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<SentSample> _samples = [];
    private Socket? _socket;
    private RtmpClient? _client;
    private long _bytes;

    public Clip Clip => clip;

    public string Application => application;

    public string Name => name;

    /// <summary>Of its own end of the connection.</summary>
    public int Port { get; private set; }

    /// <summary>Whether a sample was sent.</summary>
    public bool HasBegun
    {
        get
        {
            lock (_gate)
                return _samples.Count > 0;
        }
    }

    /// <summary>Why it stopped before the kill; null when it did not.</summary>
    public string? Failure { get; private set; }

    /// <summary>Publishes until the connection ends.</summary>
    public async Task RunAsync(int port, TimeSpan delay, CancellationToken killed)
    {
        try
        {
            await Task.Delay(delay, killed);
            _socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await _socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), killed);
            Port = ((IPEndPoint)_socket.LocalEndPoint!).Port;
            var address = RtmpAddress.Parse($"rtmp://127.0.0.1:{port}/{application}/{name}");
            _client = await RtmpClient.ConnectAsync(new NetworkStream(_socket, ownsSocket: true), address, new RtmpClientOptions { Timeout = TimeSpan.FromSeconds(30) }, killed);
            await SendAsync(await _client.PublishAsync(name, "live", killed), killed);
        }
        catch (Exception e)
        {
            if (!killed.IsCancellationRequested)
                Failure = e.Message;
        }
    }

    /// <summary>What was sent so far.</summary>
    public SentState Snapshot(long inFlight)
    {
        lock (_gate)
            return new SentState([.. _samples], _bytes, inFlight);
    }

    public void Dispose() => _socket?.Dispose();

    private async Task SendAsync(RtmpClientStream stream, CancellationToken killed)
    {
        var started = Stopwatch.GetTimestamp();
        for (long offset = 0; ; offset += Clip.Length)
        {
            foreach (var message in clip.Messages)
            {
                // Metadata and configuration come once.
                if (offset > 0 && message.Hash is null)
                    continue;
                var time = offset + message.Time;
                var early = TimeSpan.FromMilliseconds(time) - Stopwatch.GetElapsedTime(started);
                if (early > TimeSpan.FromMilliseconds(1))
                    await Task.Delay(early, killed);
                await stream.SendAsync(message.Type, (uint)time, message.Body, killed);
                lock (_gate)
                {
                    _bytes += message.Body.Length;
                    if (message.Hash is { } hash)
                        _samples.Add(new SentSample(message.Type == MessageType.Video ? TrackKind.Video : TrackKind.Audio, time, hash, _bytes));
                }
            }
        }
    }
}
