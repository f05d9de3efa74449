using System.Buffers.Binary;
using Tapedeck.Media;

namespace Tapedeck.Kit;

/// <summary>Payloads of H.264, HEVC, VP9, Opus and AAC that are whole by the rules of their codec and end with a number.</summary>
public static class NumberedPayload
{
    private const int Digits = 4;

    /// <param name="track">Its codec decides the beginning.</param>
    /// <param name="number">0 to 268,435,455.</param>
    /// <param name="isKey">Whether it begins as a key frame does.</param>
    /// <param name="filling">Bytes between the beginning and the number.</param>
    /// <param name="random">What they are; without it all are the same.</param>
    public static byte[] Make(Track track, int number, bool isKey, int filling, Random? random = null)
    {
        byte[] head = track.Codec switch
        {
            Codec.H264 => [0, 0, 0, 0, isKey ? (byte)0x65 : (byte)0x41, 0x9A],
            Codec.Hevc => [0, 0, 0, 0, isKey ? (byte)(19 << 1) : (byte)(1 << 1), 1, 0x9A],
            Codec.Vp9 => [isKey ? (byte)0x82 : (byte)0x86, 0x49, 0x83, 0x42],
            Codec.Opus => [0xFC],
            _ => [0x21],
        };
        var payload = new byte[head.Length + filling + Digits];
        payload.AsSpan().Fill(0xA5);
        random?.NextBytes(payload);
        // No zeros: no start codes, nothing to escape, nothing is taken for stuffing.
        foreach (ref var value in payload.AsSpan())
            value |= 1;
        head.CopyTo(payload, 0);
        for (var (i, rest) = (0, number); i < Digits; i++, rest /= 128)
            payload[^(i + 1)] = (byte)(rest % 128 + 64);
        if (track.Codec is Codec.H264 or Codec.Hevc)
            BinaryPrimitives.WriteInt32BigEndian(payload, payload.Length - 4);
        return payload;
    }

    /// <summary>The number at the end of a payload.</summary>
    public static int Number(ReadOnlySpan<byte> payload)
    {
        var number = 0;
        foreach (var digit in payload[^Digits..])
            number = number * 128 + digit - 64;
        return number;
    }
}
