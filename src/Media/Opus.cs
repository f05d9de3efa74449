using System.Buffers.Binary;

namespace Tapedeck.Media;

/// <summary>An OpusHead identification header.</summary>
/// <param name="Channels">Output channels.</param>
/// <param name="PreSkip">Samples at 48 kHz to drop at the beginning.</param>
/// <param name="InputRate">Rate of the original sound in Hz; informative, 0 when unknown.</param>
/// <param name="Gain">Output gain in dB, Q7.8.</param>
/// <param name="MappingFamily">0 means mono or stereo without a table.</param>
/// <param name="Mapping">Stream count, coupled count and channel mapping: where they are in the header; empty for family 0.</param>
public readonly record struct OpusHead(int Channels, int PreSkip, uint InputRate, short Gain, int MappingFamily, Range Mapping);

/// <summary>Opus: RFC 6716 (packets) and RFC 7845 (header). Time is always 48 kHz.</summary>
public static class Opus
{
    private static ReadOnlySpan<byte> Magic => "OpusHead"u8;

    /// <summary>Reads an OpusHead (RFC 7845 5.1).</summary>
    public static bool TryParseHead(ReadOnlySpan<byte> head, out OpusHead result)
    {
        result = default;
        if (head.Length < 19 || !head.StartsWith(Magic) || head[8] >> 4 != 0 || head[9] == 0)
            return false;
        int channels = head[9], family = head[18];
        var mapping = 0..0;
        if (family == 0 ? channels > 2 : head.Length < 21 + channels)
            return false;
        if (family != 0)
            mapping = 19..(21 + channels);
        result = new OpusHead(
            channels,
            BinaryPrimitives.ReadUInt16LittleEndian(head[10..]),
            BinaryPrimitives.ReadUInt32LittleEndian(head[12..]),
            BinaryPrimitives.ReadInt16LittleEndian(head[16..]),
            family,
            mapping);
        return true;
    }

    /// <summary>Builds an OpusHead of mapping family 0.</summary>
    public static byte[] BuildHead(int channels, int preSkip, uint inputRate)
    {
        var head = new byte[19];
        Magic.CopyTo(head);
        head[8] = 1;
        head[9] = (byte)channels;
        BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(10), (ushort)preSkip);
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(12), inputRate);
        return head;
    }

    /// <summary>Samples at 48 kHz that a packet lasts (RFC 6716 3.1), 0 when the packet is not valid.</summary>
    public static int PacketDuration(ReadOnlySpan<byte> packet)
    {
        if (packet.IsEmpty)
            return 0;
        var config = packet[0] >> 3;
        var frame = config switch
        {
            < 12 => (config & 3) == 3 ? 2880 : 480 << (config & 3),
            < 16 => 480 << (config & 1),
            _ => 120 << (config & 3),
        };
        var count = (packet[0] & 3) switch
        {
            0 => 1,
            3 => packet.Length > 1 ? packet[1] & 63 : 0,
            _ => 2,
        };
        return frame * count <= 5760 ? frame * count : 0;
    }
}
