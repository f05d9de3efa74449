using System.Buffers;
using System.Security.Cryptography;

namespace Tapedeck.Protocols.Rtmp;

/// <summary>
/// The client side of the handshake. The first <see cref="Advance"/> (with empty input) writes C0 and C1, C2 follows as soon
/// as S1 is complete. A server that answers a digest with the simple form is accepted: C2 is then an echo.
/// </summary>
public sealed class ClientHandshake(HandshakeForm form = HandshakeForm.Simple, Action<Span<byte>>? fillRandom = null)
{
    private const uint DigestVersion = 0x09007C02;

    private readonly Action<Span<byte>> _fillRandom = fillRandom ?? RandomNumberGenerator.Fill;
    private readonly byte[] _sent = new byte[HandshakePacket.Length];
    private readonly byte[] _received = new byte[1 + 2 * HandshakePacket.Length];
    private int _count;
    private bool _hasStarted;
    private bool _hasAnswered;

    public bool IsComplete => _count == _received.Length;

    /// <summary>The form of S1; simple unless its digest is right.</summary>
    public HandshakeForm ServerForm { get; private set; }

    /// <summary>
    /// Once complete: whether S2 is what it should be, the signature over our digest or the echo of our C1 (time of
    /// receipt aside). Many servers in use fail this, so it is only reported.
    /// </summary>
    public bool IsServerVerified { get; private set; }

    /// <summary>Takes what belongs to the handshake from <paramref name="input"/> and writes what is due to <paramref name="output"/>.</summary>
    /// <returns>True when the handshake is complete; what is then left in <paramref name="input"/> are chunks.</returns>
    /// <exception cref="RtmpProtocolException">The server answers with another version than 3.</exception>
    public bool Advance(ref ReadOnlySpan<byte> input, IBufferWriter<byte> output)
    {
        if (!_hasStarted) Start(output);
        if (IsComplete) return true;
        var take = Math.Min(input.Length, _received.Length - _count);
        input[..take].CopyTo(_received.AsSpan(_count));
        input = input[take..];
        _count += take;
        if (_count > 0 && _received[0] != HandshakePacket.Version)
            throw new RtmpProtocolException($"The server answers with handshake version {_received[0]}, not 3.");
        if (!_hasAnswered && _count > HandshakePacket.Length) Answer(output);
        if (!IsComplete) return false;
        Verify();
        return true;
    }

    private void Start(IBufferWriter<byte> output)
    {
        HandshakePacket.Make(_sent, form, 0, DigestVersion, HandshakePacket.ClientShortKey, _fillRandom);
        Amf0Writer.WriteByte(output, HandshakePacket.Version);
        output.Write(_sent);
        _hasStarted = true;
    }

    private void Answer(IBufferWriter<byte> output)
    {
        ReadOnlySpan<byte> s1 = _received.AsSpan(1, HandshakePacket.Length);
        ReadOnlySpan<byte> digest = default;
        if (form != HandshakeForm.Simple && HandshakePacket.HasVersion(s1))
            ServerForm = HandshakePacket.FindDigest(s1, HandshakePacket.ServerShortKey, out digest);
        var c2 = output.GetSpan(HandshakePacket.Length)[..HandshakePacket.Length];
        if (ServerForm == HandshakeForm.Simple) s1.CopyTo(c2);
        else HandshakePacket.MakeSigned(c2, digest, HandshakePacket.ClientKey, _fillRandom);
        output.Advance(HandshakePacket.Length);
        _hasAnswered = true;
    }

    private void Verify()
    {
        ReadOnlySpan<byte> s2 = _received.AsSpan(1 + HandshakePacket.Length);
        if (ServerForm == HandshakeForm.Simple)
        {
            IsServerVerified = s2[..4].SequenceEqual(_sent.AsSpan(0, 4)) && s2[8..].SequenceEqual(_sent.AsSpan(8));
            return;
        }
        var at = HandshakePacket.DigestPosition(_sent, form);
        IsServerVerified = HandshakePacket.IsSigned(s2, _sent.AsSpan(at, HandshakePacket.DigestLength), HandshakePacket.ServerKey);
    }
}
