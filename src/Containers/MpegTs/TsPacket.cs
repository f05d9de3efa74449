namespace Tapedeck.Containers.MpegTs;

/// <summary>
/// One transport packet (ISO/IEC 13818-1 2.4.3), read in place:
/// <code>
///  0     1           2        3                 4 ..
/// | 47 | e s p  PID 13 bits | sc af pl  cc | adaptation: length, flags, PCR .., FF .. | payload
///        | | priority         | |  |  continuity counter: counts packets with payload
///        | payload_unit_start | |  has payload
///        transport error      | has adaptation field
///                             scrambling
/// </code>
/// </summary>
internal readonly ref struct TsPacket
{
    public const int Length = 188;
    public const byte Sync = 0x47;
    public const int PatPid = 0;
    public const int NullPid = 0x1FFF;

    private TsPacket(ReadOnlySpan<byte> payload, int pid, int counter)
    {
        Payload = payload;
        Pid = pid;
        Counter = counter;
    }

    public int Pid { get; }

    public int Counter { get; }

    /// <summary>A PES packet or a section begins in it.</summary>
    public bool IsStart { get; private init; }

    public bool HasPayload { get; private init; }

    /// <summary>Set by a receiver that could not correct it.</summary>
    public bool IsDamaged { get; private init; }

    public bool IsScrambled { get; private init; }

    public bool IsDiscontinuity { get; private init; }

    public bool IsRandomAccess { get; private init; }

    /// <summary>The adaptation field is longer than what it says: what multiplexers do where a PES packet ends.</summary>
    public bool IsStuffed { get; private init; }

    /// <summary>In units of 27 MHz, -1 when there is none.</summary>
    public long Pcr { get; private init; } = -1;

    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>Reads 188 bytes; false when they are no packet.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out TsPacket packet)
    {
        packet = default;
        if (bytes.Length < Length || bytes[0] != Sync)
            return false;
        var (hasField, hasPayload) = ((bytes[3] & 0x20) != 0, (bytes[3] & 0x10) != 0);
        var at = 4;
        byte flags = 0;
        long pcr = -1;
        var stuffed = false;
        if (hasField)
        {
            int length = bytes[4];
            at = 5 + length;

            // 13818-1 says 183 without and at most 182 with payload; longer ones are met and leave no payload.
            if (at > Length)
                return false;
            flags = length > 0 ? bytes[5] : (byte)0;
            if ((flags & 0x10) != 0 && length >= 7)
                pcr = ReadPcr(bytes[6..]);
            stuffed = length == 0 || length > UsedLength(bytes.Slice(5, length), flags);
        }

        packet = new TsPacket(hasPayload ? bytes[at..Length] : [], (bytes[1] & 0x1F) << 8 | bytes[2], bytes[3] & 15)
        {
            IsStart = (bytes[1] & 0x40) != 0,
            IsDamaged = (bytes[1] & 0x80) != 0,
            IsScrambled = (bytes[3] & 0xC0) != 0,
            HasPayload = hasPayload,
            IsDiscontinuity = (flags & 0x80) != 0,
            IsRandomAccess = (flags & 0x40) != 0,
            IsStuffed = stuffed,
            Pcr = pcr,
        };
        return true;
    }

    private static long ReadPcr(ReadOnlySpan<byte> field)
    {
        var high = (long)field[0] << 25 | (long)field[1] << 17 | (long)field[2] << 9 | (long)field[3] << 1 | (long)(field[4] >> 7);
        return high * 300 + ((field[4] & 1) << 8 | field[5]);
    }

    /// <summary>Bytes of the adaptation field (2.4.3.4) that mean something.</summary>
    private static int UsedLength(ReadOnlySpan<byte> field, byte flags)
    {
        var used = 1 + ((flags & 0x10) != 0 ? 6 : 0) + ((flags & 0x08) != 0 ? 6 : 0) + ((flags & 0x04) != 0 ? 1 : 0);
        if ((flags & 0x02) != 0)
            used += 1 + (used < field.Length ? field[used] : 0);
        if ((flags & 0x01) != 0)
            used += 1 + (used < field.Length ? field[used] : 0);
        return used;
    }
}
