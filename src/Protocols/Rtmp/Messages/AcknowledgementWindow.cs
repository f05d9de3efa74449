namespace Tapedeck.Protocols.Rtmp;

/// <summary>Tells when an Acknowledgement is due (RTMP 1.0 section 5.4.3 and 5.4.4). A mutable value: keep it in a field.</summary>
public struct AcknowledgementWindow
{
    /// <summary>Smaller windows are widened to this many bytes, so that a peer cannot ask for an answer to every byte.</summary>
    public const uint Smallest = 2500;

    private uint _size;
    private long _acknowledged;

    /// <summary>What the peer asked for with Window Acknowledgement Size, in bytes; 0 (none) until then.</summary>
    public uint Size
    {
        readonly get => _size;
        set => _size = value == 0 ? 0 : Math.Max(value, Smallest);
    }

    /// <summary>Whether a window has filled since the last time.</summary>
    /// <param name="bytesReceived">Of the connection so far.</param>
    /// <param name="sequence">The number to send: the same modulo 2^32.</param>
    public bool IsDue(long bytesReceived, out uint sequence)
    {
        sequence = (uint)bytesReceived;
        if (_size == 0 || bytesReceived - _acknowledged < _size) return false;
        _acknowledged = bytesReceived;
        return true;
    }
}
