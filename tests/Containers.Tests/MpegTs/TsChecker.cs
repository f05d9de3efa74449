using System.Buffers.Binary;

namespace Tapedeck.Containers.Tests.MpegTs;

/// <summary>What holds for every packet of a file of ours, checked with code that shares nothing with writer and reader.</summary>
internal sealed class TsChecker
{
    private const long Wrap = 1L << 33;
    private readonly Dictionary<int, int> _counters = [];
    private readonly Dictionary<int, long> _dts = [];
    private readonly HashSet<int> _announced = [];
    private readonly HashSet<int> _video = [];
    private int _pmtPid = -1;
    private int _pcrPid = -1;
    private long _clock = -1;
    private long _tables = -1;
    private int _afterTables;

    /// <summary>Versions of the PMT, in order.</summary>
    public List<int> Versions { get; } = [];

    public int Packets { get; private set; }

    public int Clocks { get; private set; }

    public int Jumps { get; private set; }

    public long LeastLead { get; private set; } = long.MaxValue;

    public Dictionary<int, byte> StreamTypes { get; } = [];

    public static TsChecker Check(byte[] file, bool allowCounterJumps = false)
    {
        (file.Length % 188).ShouldBe(0);
        var checker = new TsChecker();
        for (var at = 0; at < file.Length; at += 188)
            checker.Packet(file.AsSpan(at, 188), at, allowCounterJumps);
        return checker;
    }

    private void Packet(ReadOnlySpan<byte> packet, int at, bool allowCounterJumps)
    {
        Packets++;
        packet[0].ShouldBe((byte)0x47, $"sync at {at}");
        var pid = BinaryPrimitives.ReadUInt16BigEndian(packet[1..]) & 0x1FFF;
        var isStart = (packet[1] & 0x40) != 0;
        var control = packet[3] >> 4;
        control.ShouldBeInRange(1, 3, $"at {at}");
        var hasPayload = (control & 1) != 0;
        var payload = 4;
        byte flags = 0;
        if ((control & 2) != 0)
        {
            int length = packet[4];
            payload = 5 + length;
            (hasPayload ? length <= 182 : length == 183).ShouldBeTrue($"adaptation length {length} at {at}");
            if (length > 0)
                flags = packet[5];
            Stuffing(packet.Slice(5, length), flags, at);
        }

        var isJump = (flags & 0x80) != 0;
        if (hasPayload)
        {
            if (_counters.TryGetValue(pid, out var last) && !(isJump && allowCounterJumps))
                (packet[3] & 15).ShouldBe(last + 1 & 15, $"continuity of {pid:X} at {at}");
            _counters[pid] = packet[3] & 15;
        }

        if ((flags & 0x10) != 0)
            Clock(packet, pid, isJump, at);
        if (!isStart)
            return;
        if (pid == 0)
            _pmtPid = BinaryPrimitives.ReadUInt16BigEndian(packet[(payload + 11)..]) & 0x1FFF;
        else if (pid == _pmtPid)
            Tables(packet[(payload + 1)..], at);
        else
            Pes(packet[payload..], pid, flags, at);
    }

    private static void Stuffing(ReadOnlySpan<byte> field, byte flags, int at)
    {
        if (field.IsEmpty)
            return;
        (flags & 0x2F).ShouldBe(0, $"at {at}");
        field[((flags & 0x10) != 0 ? 7 : 1)..].IndexOfAnyExcept((byte)0xFF).ShouldBe(-1, $"stuffing at {at}");
    }

    private void Clock(ReadOnlySpan<byte> packet, int pid, bool isJump, int at)
    {
        pid.ShouldBe(_pcrPid, $"clock at {at}");
        var clock = (long)BinaryPrimitives.ReadUInt32BigEndian(packet[6..]) << 1 | (long)(packet[10] >> 7);
        if (_clock >= 0 && !isJump)
            Distance(_clock, clock).ShouldBeInRange(1, 3600, $"clock at {at}");
        if (isJump)
        {
            Jumps++;
            _tables = -1;
        }

        _clock = clock;
        Clocks++;
    }

    private void Tables(ReadOnlySpan<byte> section, int at)
    {
        var length = 3 + (BinaryPrimitives.ReadUInt16BigEndian(section[1..]) & 0xFFF);
        if (_tables >= 0 && _clock >= 0)
            Distance(_tables, _clock).ShouldBeInRange(0, 9000, $"tables at {at}");
        _tables = _clock;
        _afterTables = Packets;
        var version = section[5] >> 1 & 31;
        if (Versions.Count == 0 || Versions[^1] != version)
            Versions.Add(version);
        _pcrPid = BinaryPrimitives.ReadUInt16BigEndian(section[8..]) & 0x1FFF;
        if (length > 180)
            return;
        _announced.Clear();
        for (var p = 12 + (BinaryPrimitives.ReadUInt16BigEndian(section[10..]) & 0xFFF); p < length - 4; p += 5 + (BinaryPrimitives.ReadUInt16BigEndian(section[(p + 3)..]) & 0xFFF))
        {
            var stream = BinaryPrimitives.ReadUInt16BigEndian(section[(p + 1)..]) & 0x1FFF;
            _announced.Add(stream);
            StreamTypes[stream] = section[p];
            if (section[p] is 0x1B or 0x24)
                _video.Add(stream);
        }
    }

    private void Pes(ReadOnlySpan<byte> pes, int pid, byte flags, int at)
    {
        _announced.ShouldContain(pid, $"at {at}");
        pes[..3].ToArray().ShouldBe([0, 0, 1], $"at {at}");
        if (StreamTypes[pid] == 0x15 && pes[7] == 0)
        {
            // Metadata that goes on.
            pes[6].ShouldBe((byte)0x80, $"at {at}");
            _dts.ShouldContainKey(pid);
            return;
        }

        (pes[6] & 0xC4).ShouldBe(0x84, $"at {at}");
        var hasDts = (pes[7] & 0x40) != 0;
        var pts = Stamp(pes[9..], hasDts ? 3 : 2, at);
        var dts = hasDts ? Stamp(pes[14..], 1, at) : pts;
        Distance(dts, pts).ShouldBeGreaterThanOrEqualTo(0, $"PTS at {at}");
        _clock.ShouldBeGreaterThanOrEqualTo(0, $"no clock before {at}");
        LeastLead = Math.Min(LeastLead, Distance(_clock, dts));
        if (_dts.TryGetValue(pid, out var last))
            Distance(last, dts).ShouldBeGreaterThan(0, $"DTS at {at}");
        _dts[pid] = dts;
        if (_tables >= 0)
            Distance(_tables, _clock).ShouldBeLessThanOrEqualTo(9000, $"no tables for long at {at}");
        if ((flags & 0x40) != 0)
            (Packets - _afterTables).ShouldBeLessThanOrEqualTo(2, $"tables before the key frame at {at}");
        if (!_video.Contains(pid))
            return;
        var stream = pes[(9 + pes[8])..];
        stream.StartsWith(StreamTypes[pid] == 0x1B ? [0, 0, 0, 1, 9, 0xF0] : (ReadOnlySpan<byte>)[0, 0, 0, 1, 0x46, 1, 0x50]).ShouldBeTrue($"AUD at {at}");
        if ((flags & 0x40) != 0)
            (StreamTypes[pid] == 0x1B ? stream[10] & 31 : stream[11] >> 1 & 63).ShouldBe(StreamTypes[pid] == 0x1B ? 7 : 32, $"parameter sets at {at}");
    }

    private static long Stamp(ReadOnlySpan<byte> field, int prefix, int at)
    {
        (field[0] >> 4).ShouldBe(prefix, $"at {at}");
        (field[0] & field[2] & field[4] & 1).ShouldBe(1, $"markers at {at}");
        return (long)(field[0] >> 1 & 7) << 30 | (long)(BinaryPrimitives.ReadUInt16BigEndian(field[1..]) >> 1) << 15
            | (long)(BinaryPrimitives.ReadUInt16BigEndian(field[3..]) >> 1);
    }

    private static long Distance(long from, long to)
    {
        var d = (to - from) & (Wrap - 1);
        return d >= Wrap / 2 ? d - Wrap : d;
    }
}
