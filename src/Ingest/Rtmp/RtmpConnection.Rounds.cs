using System.Net.Sockets;
using System.Runtime.ExceptionServices;

namespace Tapedeck.Ingest.Rtmp;

/// <summary>The socket of a connection and the rounds that may read it.</summary>
internal readonly record struct SocketRounds(ReceiveRounds Rounds, Socket Socket);

/// <summary>
/// Receiving in rounds: while a connection only publishes and nobody watches, the server reads it a few times a second, all that has arrived at
/// once. Commands, the end, an error, a viewer or a flood bring it back to its own task.
/// </summary>
internal sealed partial class RtmpConnection
{
    private const int SocketLevel = 1; // SOL_SOCKET of Linux
    private const int ReceiveLowWater = 18; // SO_RCVLOWAT, socket(7)

    /// <summary>More than this in one round is a flood, which is read as it comes: waiting would fill the window and slow the sender down.</summary>
    private const int FloodBytes = 1024 * 1024;

    private readonly SocketRounds? _rounds;
    private bool _floods;
    private long _floodBytes;
    private long _floodSince;
    private bool _roundEnded;
    private ExceptionDispatchInfo? _roundError;

    private bool MayWait => _rounds is { Rounds.IsStopped: false } && !HasFlood() && !_closedByUs && _session.IsUnwatched;

    /// <summary>Lets the rounds read until they give the connection back. False at the end.</summary>
    private async Task<bool> ReceiveInRoundsAsync()
    {
        var (rounds, socket) = _rounds!.Value;
        SetLowWater(socket, FloodBytes);
        await rounds.JoinAsync(this);
        SetLowWater(socket, 1);
        if (_roundEnded || (_closedByUs && _closeReason is not null))
            return false;
        var broken = _roundError;
        _roundError = null;
        return await FollowUpAsync(broken);
    }

    /// <summary>
    /// Reads what has arrived; never waits. Called by the rounds while the connection's task waits for them. False gives the connection back.
    /// </summary>
    internal bool ReceiveRound(Span<byte> buffer)
    {
        try
        {
            var socket = _rounds!.Value.Socket;
            for (var total = 0; ;)
            {
                var count = socket.Receive(buffer, SocketFlags.None, out var error);
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
                {
                    _session.Commit();
                    return false;
                }

                if (count < buffer.Length)
                {
                    _session.Commit();
                    break;
                }
            }

            return _session.IsUnwatched && !_closedByUs;
        }
        catch (Exception e)
        {
            _roundError = ExceptionDispatchInfo.Capture(e);
            return false;
        }
    }

    /// <summary>A flood is over once a second brought less than half of what would be one.</summary>
    private bool HasFlood()
    {
        if (!_floods)
            return false;
        var passed = _time.GetElapsedTime(_floodSince, _lastReceived);
        if (passed < TimeSpan.FromSeconds(1))
            return true;
        var perRound = (_bytesReceived - _floodBytes) / passed.TotalSeconds * _rounds!.Value.Rounds.Interval.TotalSeconds;
        (_floodSince, _floodBytes) = (_lastReceived, _bytesReceived);
        _floods = perRound > FloodBytes / 2;
        return _floods;
    }

    /// <summary>
    /// Below the mark the kernel wakes nobody, and it makes room for twice as much (tcp(7), tcp_set_rcvlowat). Only a saving: where it cannot be set
    /// everything works as well.
    /// </summary>
    private static void SetLowWater(Socket socket, int bytes)
    {
        if (!OperatingSystem.IsLinux())
            return;
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
