using System.Buffers.Binary;
using Tapedeck.Media;

namespace Tapedeck.Containers.MpegTs;

/// <summary>NAL unit types that only the transport cares about.</summary>
internal static class NalTypes
{
    public const int AvcDelimiter = 9;
    public const int AvcSpsExtension = 13;
    public const int HevcDelimiter = 35;
    public const int HevcSei = 39;
}

/// <summary>
/// Parameter sets of a video stream, as they stand in a configuration record, or collected from a stream to make one. The order is that of decoding:
/// VPS, SPS, (SPS extension,) PPS.
/// </summary>
internal sealed class ParameterSets(bool isHevc)
{
    // More sets than this are no real stream; a limit so that damaged files do not fill the memory.
    private const int MaxSets = 64;
    private readonly List<byte[]> _nals = [];

    /// <summary>Counts changes: who built a configuration knows whether it is still the right one.</summary>
    public int Version { get; private set; }

    public static ParameterSets FromAvc(ReadOnlySpan<byte> record)
    {
        var sets = new ParameterSets(isHevc: false);
        var at = 6;
        sets.AddAll(record, record[5] & 31, ref at);
        if (at >= record.Length)
            return sets;
        int count = record[at++];
        sets.AddAll(record, count, ref at);

        // Three bytes of format, then SPS extensions; only in High profiles, and often missing.
        if (record[1] is 66 or 77 or 88 || record.Length - at < 4)
            return sets;
        count = record[at + 3];
        at += 4;
        sets.AddAll(record, count, ref at);
        return sets;
    }

    public static ParameterSets FromHevc(ReadOnlySpan<byte> record)
    {
        var sets = new ParameterSets(isHevc: true);
        var at = 23;
        for (var array = 0; array < record[22] && record.Length - at >= 3; array++)
        {
            var count = BinaryPrimitives.ReadUInt16BigEndian(record[(at + 1)..]);
            at += 3;
            sets.AddAll(record, count, ref at);
        }

        return sets;
    }

    public bool IsSet(ReadOnlySpan<byte> nal) => isHevc
        ? nal.Length > 2 && Hevc.NalType(nal[0]) is >= Hevc.NalVps and <= Hevc.NalPps
        : nal.Length > 1 && Avc.NalType(nal[0]) is Avc.NalSps or Avc.NalPps or NalTypes.AvcSpsExtension;

    /// <summary>Takes a set in; one of the same kind and number is replaced.</summary>
    public void Add(ReadOnlySpan<byte> nal)
    {
        // A damaged set would stand in the way of the whole ones that come after it.
        if (isHevc ? Hevc.NalType(nal[0]) == Hevc.NalSps && !Hevc.TryParseSps(nal, out _) : Avc.NalType(nal[0]) == Avc.NalSps && !Avc.TryParseSps(nal, out _))
            return;
        var (kind, number) = (Kind(nal), Number(nal));
        var at = 0;
        for (; at < _nals.Count && Kind(_nals[at]) <= kind; at++)
        {
            if (Kind(_nals[at]) != kind || Number(_nals[at]) != number)
                continue;
            if (nal.SequenceEqual(_nals[at]))
                return;
            _nals[at] = nal.ToArray();
            Version++;
            return;
        }

        if (_nals.Count >= MaxSets || nal.Length > ushort.MaxValue)
            return;
        _nals.Insert(at, nal.ToArray());
        Version++;
    }

    /// <summary>Each after a start code.</summary>
    public byte[] ToAnnexB() => [.. _nals.SelectMany(nal => (byte[])[0, 0, 0, 1, .. nal])];

    /// <summary>Each after its length, as in a sample of MP4.</summary>
    /// <param name="lengthSize">1, 2 or 4 bytes.</param>
    public byte[] ToSample(int lengthSize)
    {
        var sample = new List<byte>();
        foreach (var nal in _nals)
        {
            for (var i = lengthSize - 1; i >= 0; i--)
                sample.Add((byte)(nal.Length >> (8 * i)));
            sample.AddRange(nal);
        }

        return [.. sample];
    }

    /// <summary>The configuration record (ISO/IEC 14496-15 5.3.3.1, 8.3.3.1) with lengths of 4 bytes; empty as long as a set is missing.</summary>
    public byte[] ToConfiguration() => isHevc ? ToHevc() : ToAvc();

    private byte[] ToAvc()
    {
        var sequence = Of(Avc.NalSps);
        var picture = Of(Avc.NalPps);
        if (sequence.Count is 0 or > 31 || picture.Count is 0 || sequence[0].Length < 4 || !Avc.TryParseSps(sequence[0], out var sps))
            return [];
        var record = new List<byte> { 1, sequence[0][1], sequence[0][2], sequence[0][3], 0xFF, (byte)(0xE0 | sequence.Count) };
        AppendAll(record, sequence);
        record.Add((byte)picture.Count);
        AppendAll(record, picture);
        if (sps.Profile is not (66 or 77 or 88))
        {
            var extension = Of(NalTypes.AvcSpsExtension);
            record.AddRange([(byte)(0xFC | sps.ChromaFormat), (byte)(0xF8 | sps.BitDepth - 8), (byte)(0xF8 | sps.BitDepth - 8), (byte)extension.Count]);
            AppendAll(record, extension);
        }

        return [.. record];
    }

    private byte[] ToHevc()
    {
        var sequence = Of(Hevc.NalSps);
        var picture = Of(Hevc.NalPps);
        Span<byte> head = stackalloc byte[13];
        if (sequence.Count == 0 || picture.Count == 0 || !Hevc.TryParseSps(sequence[0], out var sps) || !Unescape(sequence[0].AsSpan(2), head))
            return [];

        // After 4 bits of VPS number: sub-layers less 1 (3 bits), nesting (1 bit), then 12 bytes of general profile, tier and level.
        var record = new List<byte> { 1 };
        record.AddRange(head[1..]);
        record.AddRange(
        [
            0xF0, 0, 0xFC,
            (byte)(0xFC | sps.ChromaFormat), (byte)(0xF8 | sps.BitDepth - 8), (byte)(0xF8 | sps.BitDepth - 8),
            0, 0,
            (byte)(((head[0] >> 1 & 7) + 1) << 3 | (head[0] & 1) << 2 | 3),
        ]);
        int[] types = [Hevc.NalVps, Hevc.NalSps, Hevc.NalPps];
        record.Add((byte)types.Count(type => Of(type).Count > 0));
        foreach (var type in types)
        {
            var nals = Of(type);
            if (nals.Count == 0)
                continue;
            record.AddRange([(byte)(0x80 | type), 0, (byte)nals.Count]);
            AppendAll(record, nals);
        }

        return [.. record];
    }

    private static bool Unescape(ReadOnlySpan<byte> data, Span<byte> target)
    {
        int at = 0, zeros = 0;
        foreach (var b in data)
        {
            if (zeros >= 2 && b == 3)
            {
                zeros = 0;
                continue;
            }

            zeros = b == 0 ? zeros + 1 : 0;
            target[at++] = b;
            if (at == target.Length)
                return true;
        }

        return false;
    }

    private List<byte[]> Of(int type) => _nals.FindAll(nal => (isHevc ? Hevc.NalType(nal[0]) : Avc.NalType(nal[0])) == type);

    private static void AppendAll(List<byte> record, List<byte[]> nals)
    {
        foreach (var nal in nals)
        {
            record.AddRange([(byte)(nal.Length >> 8), (byte)nal.Length]);
            record.AddRange(nal);
        }
    }

    private void AddAll(ReadOnlySpan<byte> record, int count, ref int at)
    {
        for (var i = 0; i < count && record.Length - at >= 2; i++)
        {
            int length = BinaryPrimitives.ReadUInt16BigEndian(record[at..]);
            at += 2;
            if (length > record.Length - at)
                return;
            if (length > 0)
                _nals.Add(record.Slice(at, length).ToArray());
            at += length;
        }

        // Arrays may stand in any order; stable within a kind.
        var sorted = _nals.OrderBy(nal => Kind(nal)).ToList();
        _nals.Clear();
        _nals.AddRange(sorted);
    }

    private int Kind(ReadOnlySpan<byte> nal) => isHevc
        ? Hevc.NalType(nal[0]) is var type && type is >= Hevc.NalVps and <= Hevc.NalPps ? type : 100 + type
        : Avc.NalType(nal[0]) switch { Avc.NalSps => 0, NalTypes.AvcSpsExtension => 1, Avc.NalPps => 2, _ => 3 };

    /// <summary>The set's own id: its first Exp-Golomb code for H.264 PPS and HEVC PPS, deeper in for the others; 0 where it is not looked for.</summary>
    private int Number(ReadOnlySpan<byte> nal)
    {
        if (!isHevc)
            return Avc.NalType(nal[0]) == Avc.NalSps ? FirstCode(nal, 4) : FirstCode(nal, 1);
        return Hevc.NalType(nal[0]) switch
        {
            Hevc.NalVps => nal[2] >> 4,
            Hevc.NalPps => FirstCode(nal, 2),

            // sps_seq_parameter_set_id comes after profile_tier_level, 13 bytes in when there are no sub-layers.
            Hevc.NalSps when nal.Length > 2 && (nal[2] >> 1 & 7) == 0 => HevcSpsNumber(nal),
            _ => 0,
        };
    }

    private static int HevcSpsNumber(ReadOnlySpan<byte> nal)
    {
        Span<byte> head = stackalloc byte[17];
        head.Clear();
        Unescape(nal[2..], head);
        return FirstCode(head, 13);
    }

    /// <summary>ue(v) at a byte boundary, up to 30.</summary>
    private static int FirstCode(ReadOnlySpan<byte> data, int at)
    {
        if (data.Length - at < 1)
            return 0;
        int bits = data[at] << 8 | (data.Length - at > 1 ? data[at + 1] : 0);
        var zeros = 0;
        while (zeros < 8 && (bits & 0x8000 >> zeros) == 0)
            zeros++;
        return (bits >> (15 - 2 * zeros < 0 ? 0 : 15 - 2 * zeros) & ((2 << zeros) - 1)) - 1;
    }
}
