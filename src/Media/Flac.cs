using System.Buffers.Binary;

namespace Tapedeck.Media;

/// <summary>The STREAMINFO block of FLAC.</summary>
/// <param name="MinBlock">Smallest block in samples.</param>
/// <param name="MaxBlock">Largest block in samples; both are equal when the size is fixed.</param>
/// <param name="SampleRate">In Hz.</param>
/// <param name="Channels">1 to 8.</param>
/// <param name="BitsPerSample">4 to 32.</param>
public readonly record struct FlacStreamInfo(int MinBlock, int MaxBlock, int SampleRate, int Channels, int BitsPerSample);

/// <summary>FLAC: RFC 9639.</summary>
public static class Flac
{
    /// <summary>Length of the STREAMINFO body.</summary>
    public const int StreamInfoLength = 34;

    /// <summary>The 34-byte STREAMINFO body inside what carries it: bare, with its block header, or after the fLaC marker. Empty when it is none of them.</summary>
    public static ReadOnlyMemory<byte> FindStreamInfo(ReadOnlyMemory<byte> data)
    {
        var rest = data;
        if (rest.Span.StartsWith("fLaC"u8))
            rest = rest[4..];
        if (rest.Length >= 4 + StreamInfoLength && (rest.Span[0] & 127) == 0 && rest.Span[1] == 0 && rest.Span[2] == 0 && rest.Span[3] == StreamInfoLength)
            return rest.Slice(4, StreamInfoLength);
        return rest.Length == StreamInfoLength ? rest : default;
    }

    /// <summary>Reads the 34-byte STREAMINFO body (8.2).</summary>
    public static bool TryParseStreamInfo(ReadOnlySpan<byte> body, out FlacStreamInfo info)
    {
        info = default;
        if (body.Length < StreamInfoLength)
            return false;
        var packed = BinaryPrimitives.ReadUInt64BigEndian(body[10..]);
        var rate = (int)(packed >> 44);
        if (rate == 0)
            return false;
        info = new FlacStreamInfo(
            BinaryPrimitives.ReadUInt16BigEndian(body),
            BinaryPrimitives.ReadUInt16BigEndian(body[2..]),
            rate,
            (int)(packed >> 41 & 7) + 1,
            (int)(packed >> 36 & 31) + 1);
        return true;
    }

    /// <summary>A STREAMINFO body that says only what is known; lengths and checksum stay "unknown".</summary>
    public static byte[] BuildStreamInfo(in FlacStreamInfo info)
    {
        var body = new byte[StreamInfoLength];
        BinaryPrimitives.WriteUInt16BigEndian(body, (ushort)info.MinBlock);
        BinaryPrimitives.WriteUInt16BigEndian(body.AsSpan(2), (ushort)info.MaxBlock);
        var packed = (ulong)info.SampleRate << 44 | (ulong)(info.Channels - 1) << 41 | (ulong)(info.BitsPerSample - 1) << 36;
        BinaryPrimitives.WriteUInt64BigEndian(body.AsSpan(10), packed);
        return body;
    }

    /// <summary>
    /// Reads a frame header (9.1). What it leaves to STREAMINFO is 0 in the result; the block size is always there.
    /// </summary>
    public static bool TryParseFrame(ReadOnlySpan<byte> frame, out FlacStreamInfo info)
    {
        info = default;
        if (frame.Length < 6 || frame[0] != 0xFF || (frame[1] & 0xFE) != 0xF8 || (frame[3] & 1) != 0)
            return false;
        int sizeCode = frame[2] >> 4, rateCode = frame[2] & 15, channelCode = frame[3] >> 4, depthCode = frame[3] >> 1 & 7;
        if (sizeCode == 0 || rateCode == 15 || channelCode > 10 || depthCode == 3)
            return false;

        // The frame or sample number is coded as UTF-8 codes a character, of up to 7 bytes.
        var numberLength = Math.Max(1, System.Numerics.BitOperations.LeadingZeroCount(~((uint)frame[4] << 24)));
        var at = 4 + numberLength;
        var tail = (sizeCode == 6 ? 1 : sizeCode == 7 ? 2 : 0) + (rateCode == 12 ? 1 : rateCode is 13 or 14 ? 2 : 0);
        if (numberLength > 7 || frame.Length < at + tail)
            return false;
        var size = sizeCode switch
        {
            1 => 192,
            < 6 => 144 << sizeCode,
            6 => frame[at++] + 1,
            7 => ReadTwo(frame, ref at) + 1,
            _ => 1 << sizeCode,
        };
        var rate = rateCode switch
        {
            1 => 88200,
            2 => 176400,
            3 => 192000,
            4 => 8000,
            5 => 16000,
            6 => 22050,
            7 => 24000,
            8 => 32000,
            9 => 44100,
            10 => 48000,
            11 => 96000,
            12 => frame[at] * 1000,
            13 => ReadTwo(frame, ref at),
            14 => ReadTwo(frame, ref at) * 10,
            _ => 0,
        };
        var depth = depthCode switch { 1 => 8, 2 => 12, 4 => 16, 5 => 20, 6 => 24, 7 => 32, _ => 0 };
        info = new FlacStreamInfo(size, size, rate, channelCode < 8 ? channelCode + 1 : 2, depth);
        return true;
    }

    /// <summary>Samples in a frame, 0 when its header cannot be read.</summary>
    public static int FrameDuration(ReadOnlySpan<byte> frame) => TryParseFrame(frame, out var info) ? info.MaxBlock : 0;

    private static int ReadTwo(ReadOnlySpan<byte> frame, ref int at)
    {
        at += 2;
        return frame[at - 2] << 8 | frame[at - 1];
    }
}
