using System.Buffers;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;

namespace Tapedeck.Ingest.Rtmp;

/// <summary>The socket of a connection and the rounds that may read it.</summary>
internal readonly record struct SocketRounds(ReceiveRounds Rounds, Socket Socket);

/// <summary>
/// Receiving in rounds: while a connection only publishes and nobody watches, the server reads it some times a second, all that has arrived at
/// once: when a recorder's next write is due with it, and else four times as rarely. What a crash takes is what is not in the file, wherever it lies: reading
/// sooner would save nothing. Much at a time is read when it comes, so that no sender waits for us. Commands, the end, an error, a viewer or a flood bring
/// the connection back to its own task.
/// </summary>
internal sealed partial class RtmpConnection
{
    private const int SocketLevel = 1; // SOL_SOCKET of Linux
    private const int ReceiveLowWater = 18; // SO_RCVLOWAT, socket(7)

    /// <summary>So much is read at once, whoever's turn it is: 200 ms of 5 Mbit/s.</summary>
    private const int UrgentBytes = 128 * 1024;

    /// <summary>So much a sender may have on the way at least, so that what is not urgent never stops it.</summary>
    private const int WindowBytes = 2 * UrgentBytes;

    /// <summary>More than this in one go is a flood, which is read as it comes.</summary>
    private const int FloodBytes = 1024 * 1024;

    private readonly SocketRounds? _rounds;
    private bool _floods = true; // until a second of a publisher has shown that it does not
    private long _floodBytes;
    private long _floodSince;
    private readonly Lock _turn = new(); // who reads: the rounds or this connection's task
    private Task? _urgent;
    private int _membership;
    private long _readAt; // timestamp
    private bool _isMember;
    private bool _roundEnded;
    private ExceptionDispatchInfo? _roundError;

    private bool MayWait
    {
        get
        {
            if (_rounds is null || _closedByUs)
                return false;
            if (!_session.IsPublishing)
                (_floods, _floodSince) = (true, 0);
            return _session.IsUnwatched && !HasFlood();
        }
    }

    /// <summary>Lets the rounds read, and reads by itself what is urgent, until the connection needs its own task. False at the end.</summary>
    private async Task<bool> ReceiveInRoundsAsync()
    {
        var (rounds, socket) = _rounds!.Value;
        // The kernel sees to it that as much as the mark finds room (tcp(7), tcp_set_rcvlowat), and does not take it back.
        SetLowWater(socket, WindowBytes);
        SetLowWater(socket, UrgentBytes);
        lock (_turn)
            (_isMember, _membership, _readAt) = (true, _membership + 1, _time.GetTimestamp());
        var givenBack = rounds.JoinAsync(this, _membership);
        do
            _urgent = _urgent is { IsCompleted: false } ? _urgent : MuchArrivesAsync(socket);
        while (await Task.WhenAny(givenBack, _urgent) != givenBack && ReadUrgent());

        lock (_turn)
            _isMember = false;
        SetLowWater(socket, 1);
        if (_roundEnded || (_closedByUs && _closeReason is not null))
            return false;
        var broken = _roundError;
        _roundError = null;
        return await FollowUpAsync(broken);
    }

    /// <summary>Completes when <see cref="UrgentBytes"/> have arrived, or with the end. Reads nothing.</summary>
    private static async Task MuchArrivesAsync(Socket socket)
    {
        try
        {
            await socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Whoever reads next is told.
        }
    }

    private bool ReadUrgent()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(WindowBytes);
        try
        {
            lock (_turn)
                return _isMember = _isMember && ReceiveRound(buffer.AsSpan(0, WindowBytes));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Called by the rounds. False when the connection has left them, or does so now.</summary>
    internal bool TakeTurn(Span<byte> buffer, int membership, long now)
    {
        if (!_turn.TryEnter())
            return true; // its own task is reading
        try
        {
            if (_membership != membership || !_isMember)
                return false;
            var waited = _time.GetElapsedTime(_readAt, now);
            if (waited < _rounds!.Value.Rounds.Longest && waited < _session.Slack && !_closedByUs)
                return true;
            _readAt = now;
            return _isMember = ReceiveRound(buffer);
        }
        finally
        {
            _turn.Exit();
        }
    }

    /// <summary>
    /// Reads what has arrived; never waits, never throws. False when the connection's task must see to it: a command, the end, an error, a viewer, a flood.
    /// </summary>
    private bool ReceiveRound(Span<byte> buffer)
    {
        try
        {
            try
            {
                return Drain(buffer);
            }
            finally
            {
                _session.Commit();
            }
        }
        catch (Exception e)
        {
            _roundError = ExceptionDispatchInfo.Capture(e);
            return false;
        }
    }

    private bool Drain(Span<byte> buffer)
    {
        var total = 0;
        int count;
        do
        {
            count = _rounds!.Value.Socket.Receive(buffer, SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
                break;
            if (error != SocketError.Success)
                throw new IOException(new SocketException((int)error).Message);
            _roundEnded = count == 0;
            total += count;
            _roundError = _roundEnded ? null : TryReceive(buffer[..count]);
            if (total > FloodBytes)
                (_floods, _floodSince, _floodBytes) = (true, _lastReceived, _bytesReceived);
            if (_roundEnded || _roundError is not null || _intake.HasDeferred || _floods)
                return false;
        }
        while (count == buffer.Length);
        return _session.IsUnwatched && !_closedByUs;
    }

    /// <summary>
    /// A flood is over once a second brought less than half of what would be one. Whoever begins to publish is taken for one: a program that sends a
    /// whole file and goes resets the connection, and what had found no room in the window by then is lost.
    /// </summary>
    private bool HasFlood()
    {
        if (!_floods)
            return false;
        if (_floodSince == 0)
            (_floodSince, _floodBytes) = (_lastReceived, _bytesReceived);
        var passed = _time.GetElapsedTime(_floodSince, _lastReceived);
        if (passed < TimeSpan.FromSeconds(1))
            return true;
        var perRound = (_bytesReceived - _floodBytes) / passed.TotalSeconds * _rounds!.Value.Rounds.Interval.TotalSeconds;
        (_floodSince, _floodBytes) = (_lastReceived, _bytesReceived);
        _floods = perRound > FloodBytes / 2;
        return _floods;
    }

    /// <summary>Below the mark the kernel wakes nobody (socket(7), SO_RCVLOWAT).</summary>
    private static void SetLowWater(Socket socket, int bytes)
    {
        try
        {
            socket.SetRawSocketOption(SocketLevel, ReceiveLowWater, BitConverter.GetBytes(bytes));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Gone already: the next receive says so.
        }
    }
}
