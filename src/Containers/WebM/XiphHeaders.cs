using System.Buffers.Binary;

namespace Tapedeck.Containers.WebM;

/// <summary>
/// The three headers of Vorbis in one record: <c>2, length of the first, length of the second, the headers</c>, lengths as bytes of 255 and a last one
/// below it.
/// </summary>
internal static class XiphHeaders
{
    public static bool IsVorbis(ReadOnlySpan<byte> record) => TryReadVorbis(record, out _, out _);

    /// <summary>Reads the identification header (Vorbis I, 4.2.2).</summary>
    public static bool TryReadVorbis(ReadOnlySpan<byte> record, out int channels, out int rate)
    {
        channels = rate = 0;
        if (record.Length < 3 || record[0] != 2)
            return false;
        var at = 1;
        if (!TryReadLength(record, ref at, out var first) || !TryReadLength(record, ref at, out var second) || first < 30 || first + (long)second > record.Length - at)
            return false;
        var header = record.Slice(at, first);
        if (!header.StartsWith("\x01vorbis"u8))
            return false;
        channels = header[11];
        rate = BinaryPrimitives.ReadInt32LittleEndian(header[12..]);
        return channels > 0 && rate > 0;
    }

    /// <summary>A length as bytes of 255 and a last one below it.</summary>
    public static bool TryReadLength(ReadOnlySpan<byte> data, ref int at, out int length)
    {
        length = 0;
        while (at < data.Length)
        {
            var b = data[at++];
            length += b;
            if (length > data.Length)
                return false;
            if (b < 255)
                return true;
        }

        return false;
    }
}
