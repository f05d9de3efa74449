using System.Buffers.Binary;

namespace Tapedeck.Containers.MpegTs;

/// <summary>One elementary stream of a program.</summary>
/// <param name="Pid">Packets of the stream.</param>
/// <param name="StreamType">13818-1 table 2-34.</param>
/// <param name="Descriptors">The descriptors of the stream, one after the other.</param>
internal readonly record struct ProgramStream(int Pid, byte StreamType, byte[] Descriptors)
{
    /// <summary>The body of the first descriptor of a tag; empty when there is none.</summary>
    public ReadOnlySpan<byte> Find(byte tag)
    {
        var rest = Descriptors.AsSpan();
        while (rest.Length >= 2 && rest[1] <= rest.Length - 2)
        {
            if (rest[0] == tag)
                return rest.Slice(2, rest[1]);
            rest = rest[(2 + rest[1])..];
        }

        return [];
    }

    /// <summary>True when the registration descriptor (2.6.8) names this format.</summary>
    public bool IsRegistered(ReadOnlySpan<byte> format) => Find(0x05).StartsWith(format);
}

/// <summary>A program map: which streams there are, and which of them carries the clock.</summary>
internal sealed record ProgramMap(int Program, int Version, int PcrPid, IReadOnlyList<ProgramStream> Streams)
{
    /// <summary>The descriptors of the program, when it is written; they are not read.</summary>
    public byte[] Descriptors { get; init; } = [];
}

/// <summary>
/// Program tables (ISO/IEC 13818-1 2.4.4), sections of
/// <code>
/// table_id 8 | 1 0 11 length 12 | id 16 | 11 version 5 current 1 | section 8 | last 8 | body | CRC 32
/// PAT body:  (program 16 | 111 PMT PID 13) ..
/// PMT body:  111 PCR PID 13 | 1111 length 12, descriptors | (type 8 | 111 PID 13 | 1111 length 12, descriptors) ..
/// </code>
/// </summary>
internal static class Psi
{
    public const int MaxSectionLength = 1024;
    private static readonly uint[] CrcTable = MakeCrcTable();

    public static byte[] BuildPat(int transportStream, int program, int pmtPid)
    {
        Span<byte> body = stackalloc byte[4];
        BinaryPrimitives.WriteUInt16BigEndian(body, (ushort)program);
        BinaryPrimitives.WriteUInt16BigEndian(body[2..], (ushort)(0xE000 | pmtPid));
        return Build(0, transportStream, 0, body);
    }

    public static byte[] BuildPmt(ProgramMap map)
    {
        var body = new byte[4 + map.Descriptors.Length + map.Streams.Sum(stream => 5 + stream.Descriptors.Length)];
        BinaryPrimitives.WriteUInt16BigEndian(body, (ushort)(0xE000 | map.PcrPid));
        BinaryPrimitives.WriteUInt16BigEndian(body.AsSpan(2), (ushort)(0xF000 | map.Descriptors.Length));
        map.Descriptors.CopyTo(body, 4);
        var at = 4 + map.Descriptors.Length;
        foreach (var stream in map.Streams)
        {
            body[at] = stream.StreamType;
            BinaryPrimitives.WriteUInt16BigEndian(body.AsSpan(at + 1), (ushort)(0xE000 | stream.Pid));
            BinaryPrimitives.WriteUInt16BigEndian(body.AsSpan(at + 3), (ushort)(0xF000 | stream.Descriptors.Length));
            stream.Descriptors.CopyTo(body, at + 5);
            at += 5 + stream.Descriptors.Length;
        }

        return Build(2, map.Program, map.Version, body);
    }

    /// <summary>Length with header and CRC that the first 3 bytes announce.</summary>
    public static int SectionLength(ReadOnlySpan<byte> section) => 3 + ((section[1] & 15) << 8 | section[2]);

    /// <summary>A whole, current section with a right CRC.</summary>
    public static bool IsValid(ReadOnlySpan<byte> section) =>
        section.Length >= 12 && SectionLength(section) == section.Length && (section[5] & 1) != 0 && Crc(section) == 0;

    /// <summary>The programs of a PAT; 0 is the network table and is left out.</summary>
    public static List<(int Program, int Pid)> ReadPat(ReadOnlySpan<byte> section)
    {
        var programs = new List<(int, int)>();
        for (var rest = section[8..^4]; rest.Length >= 4; rest = rest[4..])
        {
            var program = BinaryPrimitives.ReadUInt16BigEndian(rest);
            if (program != 0)
                programs.Add((program, BinaryPrimitives.ReadUInt16BigEndian(rest[2..]) & 0x1FFF));
        }

        return programs;
    }

    public static bool TryReadPmt(ReadOnlySpan<byte> section, out ProgramMap map)
    {
        map = new ProgramMap(BinaryPrimitives.ReadUInt16BigEndian(section[3..]), section[5] >> 1 & 31, TsPacket.NullPid, []);
        var rest = section[8..^4];
        if (section[0] != 2 || rest.Length < 4)
            return false;
        var pcr = BinaryPrimitives.ReadUInt16BigEndian(rest) & 0x1FFF;
        var length = BinaryPrimitives.ReadUInt16BigEndian(rest[2..]) & 0xFFF;
        if (length > rest.Length - 4)
            return false;
        rest = rest[(4 + length)..];
        var streams = new List<ProgramStream>();
        while (rest.Length >= 5)
        {
            length = BinaryPrimitives.ReadUInt16BigEndian(rest[3..]) & 0xFFF;
            if (length > rest.Length - 5)
                return false;
            streams.Add(new ProgramStream(BinaryPrimitives.ReadUInt16BigEndian(rest[1..]) & 0x1FFF, rest[0], rest.Slice(5, length).ToArray()));
            rest = rest[(5 + length)..];
        }

        map = map with { PcrPid = pcr, Streams = streams };
        return true;
    }

    /// <summary>CRC-32/MPEG-2 (annex A): 0 over a section that ends in its own.</summary>
    public static uint Crc(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var b in data)
            crc = crc << 8 ^ CrcTable[(byte)(crc >> 24 ^ b)];
        return crc;
    }

    private static byte[] Build(byte table, int id, int version, ReadOnlySpan<byte> body)
    {
        var section = new byte[12 + body.Length];
        section[0] = table;
        BinaryPrimitives.WriteUInt16BigEndian(section.AsSpan(1), (ushort)(0xB000 | section.Length - 3));
        BinaryPrimitives.WriteUInt16BigEndian(section.AsSpan(3), (ushort)id);
        section[5] = (byte)(0xC1 | version << 1);
        body.CopyTo(section.AsSpan(8));
        BinaryPrimitives.WriteUInt32BigEndian(section.AsSpan(section.Length - 4), Crc(section.AsSpan(0, section.Length - 4)));
        return section;
    }

    private static uint[] MakeCrcTable()
    {
        var table = new uint[256];
        for (uint i = 0; i < 256; i++)
        {
            var value = i << 24;
            for (var bit = 0; bit < 8; bit++)
                value = (value & 0x8000_0000) != 0 ? value << 1 ^ 0x04C1_1DB7 : value << 1;
            table[i] = value;
        }

        return table;
    }
}
