using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Tapedeck.Protocols.Rtmp;

/// <summary>
/// The server side of the handshake (RTMP 1.0 section 5.2 and the digest form of Flash Player 9). Sends nothing before
/// C0 and C1 are complete, then S0, S1 and S2 at once. The digest form is answered in the layout of C1; a C1 without a valid
/// digest gets the simple form, with S2 an exact echo. C2 is awaited but not verified: FFmpeg's is not valid.
/// </summary>
public sealed class ServerHandshake(Action<Span<byte>>? fillRandom = null)
{
    private const uint DigestVersion = 0x04050001;
    private const int ShownBytes = 16;

    private readonly Action<Span<byte>> _fillRandom = fillRandom ?? RandomNumberGenerator.Fill;
    private readonly byte[] _received = new byte[1 + HandshakePacket.Length];
    private int _count;
    private int _missingOfC2 = HandshakePacket.Length;

    /// <summary>The form the client used; meaningful once S1 was written.</summary>
    public HandshakeForm Form { get; private set; }

    public bool IsComplete => _missingOfC2 == 0;

    /// <summary>Takes what belongs to the handshake from <paramref name="input"/> and writes the answer, if it is due, to <paramref name="output"/>.</summary>
    /// <returns>True when the handshake is complete; what is then left in <paramref name="input"/> are chunks.</returns>
    /// <exception cref="RtmpProtocolException">The peer does not speak plain RTMP.</exception>
    public bool Advance(ref ReadOnlySpan<byte> input, IBufferWriter<byte> output)
    {
        if (_count < _received.Length)
        {
            if (_count == 0 && input.Length > 0 && input[0] != HandshakePacket.Version) Refuse(input);
            var take = Math.Min(input.Length, _received.Length - _count);
            input[..take].CopyTo(_received.AsSpan(_count));
            input = input[take..];
            _count += take;
            if (_count < _received.Length) return false;
            Answer(output);
        }
        var skip = Math.Min(input.Length, _missingOfC2);
        input = input[skip..];
        _missingOfC2 -= skip;
        return IsComplete;
    }

    private void Answer(IBufferWriter<byte> output)
    {
        const int Size = 1 + 2 * HandshakePacket.Length;
        ReadOnlySpan<byte> c1 = _received.AsSpan(1);
        var answer = output.GetSpan(Size)[..Size];
        var s1 = answer.Slice(1, HandshakePacket.Length);
        var s2 = answer[(1 + HandshakePacket.Length)..];
        ReadOnlySpan<byte> digest = default;
        Form = HandshakePacket.HasVersion(c1)
            ? HandshakePacket.FindDigest(c1, HandshakePacket.ClientShortKey, out digest)
            : HandshakeForm.Simple;
        answer[0] = HandshakePacket.Version;
        HandshakePacket.Make(s1, Form, 0, DigestVersion, HandshakePacket.ServerShortKey, _fillRandom);
        if (Form == HandshakeForm.Simple) c1.CopyTo(s2);
        else HandshakePacket.MakeSigned(s2, digest, HandshakePacket.ServerKey, _fillRandom);
        output.Advance(Size);
    }

    private static void Refuse(ReadOnlySpan<byte> input)
    {
        var shown = Escape(input[..Math.Min(ShownBytes, input.Length)]);
        throw new RtmpProtocolException(input[0] switch
        {
            6 => "The client asks for RTMPE (version 6), which is not supported; RTMPS is.",
            0x16 => $"This looks like TLS on a port for plain RTMP: \"{shown}\".",
            (byte)'G' or (byte)'P' or (byte)'H' or (byte)'O' or (byte)'C' when IsHttp(input) => $"This looks like HTTP on a port for RTMP: \"{shown}\".",
            _ => $"The handshake starts with version {input[0]}, not 3: \"{shown}\".",
        });
    }

    private static bool IsHttp(ReadOnlySpan<byte> input)
    {
        foreach (var method in (ReadOnlySpan<string>)["GET ", "POST ", "PUT ", "HEAD ", "OPTIONS ", "CONNECT "])
        {
            var length = Math.Min(input.Length, method.Length);
            if (length > 1 && Encoding.Latin1.GetString(input[..length]) == method[..length]) return true;
        }
        return false;
    }

    /// <summary>Printable ASCII as it is, everything else as \xNN, so that a log line stays one line.</summary>
    private static string Escape(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        foreach (var value in bytes)
        {
            if (value is >= 0x20 and < 0x7F and not (byte)'\\' and not (byte)'"') text.Append((char)value);
            else text.Append(CultureInfo.InvariantCulture, $"\\x{value:x2}");
        }
        return text.ToString();
    }
}
