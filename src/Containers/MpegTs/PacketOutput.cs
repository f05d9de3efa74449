using System.Buffers.Binary;

namespace Tapedeck.Containers.MpegTs;

/// <summary>
/// Cuts sections and PES packets into transport packets, in one pass over the payload, inside memory of a plan. A PES packet is
/// <code>
/// 00 00 01 id | length 16 | 10 .. align .. | PTS DTS 2 .. | header length | PTS 5 [DTS 5] | elementary stream
/// </code>
/// Its length is patched when it ends, and the last transport packet of it gets its stuffing then: the payload moves to the right by less than 184 bytes.
/// </summary>
internal sealed class PacketOutput
{
    // Whole packets, so that none lies in two pieces of memory.
    private const int ChunkLength = 348 * TsPacket.Length;
    private const byte DiscontinuityDue = 0x80;

    // The next continuity counter of each PID, and whether the PID's next packet must say that counting began anew.
    private readonly byte[] _counters = new byte[TsPacket.NullPid + 1];
    private DiskPlan _plan = null!;
    private DiskOperation _write = null!;
    private Memory<byte> _chunk;
    private Memory<byte> _pesHeader;
    private int _used;
    private int _packet;
    private int _at;
    private int _room;
    private int _pid;
    private byte _streamId;
    private long _pesLength;

    /// <summary>Bytes of all packets since the first <see cref="Begin"/>.</summary>
    public long Written { get; private set; }

    /// <summary>Packets go into this write from now on.</summary>
    public void Begin(DiskPlan plan, DiskOperation write)
    {
        (_plan, _write) = (plan, write);
        _chunk = default;
        _used = 0;
    }

    public void End()
    {
        _write.Add(_chunk[.._used]);
        (_plan, _write, _chunk, _pesHeader) = (null!, null!, default, default);
    }

    /// <summary>Counting goes on after the last packet of an older file; null when that is not known.</summary>
    public void Restore(int pid, int? counter) => _counters[pid] = counter is { } last ? (byte)(last + 1 & 15) : DiscontinuityDue;

    public void Section(int pid, ReadOnlySpan<byte> section)
    {
        Open(pid, isStart: true, flags: 0, pcr: -1);
        _chunk.Span[_at++] = 0;
        _room--;
        while (true)
        {
            Copy(ref section);
            if (section.IsEmpty)
                break;
            Open(pid, isStart: false, flags: 0, pcr: -1);
        }

        // Sections are followed by FF, not by a longer adaptation field.
        _chunk.Span.Slice(_at, _room).Fill(0xFF);
    }

    /// <summary>A packet that has nothing but the clock; its continuity counter stays.</summary>
    public void Clock(int pid, long pcr, bool discontinuity)
    {
        var packet = Take();
        packet.Fill(0xFF);
        var counter = _counters[pid] & 15;
        WriteHeader(packet, pid, isStart: false);
        packet[3] = (byte)(0x20 | counter - 1 & 15);
        packet[4] = 183;
        packet[5] = (byte)(0x10 | (discontinuity ? 0x80 : 0));
        WritePcr(packet[6..], pcr);
    }

    /// <summary>Begins a PES packet.</summary>
    /// <param name="pid">Where.</param>
    /// <param name="streamId">Of the PES packet.</param>
    /// <param name="isKey">Sets random_access_indicator.</param>
    /// <param name="pcr">Clock at 90 kHz, -1 for none.</param>
    /// <param name="pts">At 90 kHz, not wrapped.</param>
    /// <param name="dts">At 90 kHz, not wrapped.</param>
    public void BeginPes(int pid, byte streamId, bool isKey, long pcr, long pts, long dts)
    {
        Open(pid, isStart: true, isKey ? (byte)0x40 : (byte)0, pcr);
        (_pid, _streamId) = (pid, streamId);
        _pesLength = -6;
        _pesHeader = _chunk.Slice(_at, 6);
        var hasDts = pts != dts;
        Span<byte> header = stackalloc byte[19];
        header.Clear();
        header[2] = 1;
        header[3] = streamId;

        // data_alignment_indicator: an access unit begins here.
        header[6] = 0x84;
        header[7] = (byte)(hasDts ? 0xC0 : 0x80);
        header[8] = (byte)(hasDts ? 10 : 5);
        TsTime.Write(header[9..], hasDts ? 3 : 2, pts);
        TsTime.Write(header[14..], 1, dts);
        Write(header[..(hasDts ? 19 : 14)]);
    }

    /// <summary>Ends the open PES packet and begins another that goes on with the same unit: it has no time stamp and is not aligned.</summary>
    public void ContinuePes()
    {
        EndPes();
        Open(_pid, isStart: true, flags: 0, pcr: -1);
        _pesLength = -6;
        _pesHeader = _chunk.Slice(_at, 6);
        Write([0, 0, 1, _streamId, 0, 0, 0x80, 0, 0]);
    }

    /// <summary>Elementary stream bytes of the open PES packet.</summary>
    public void Write(ReadOnlySpan<byte> data)
    {
        _pesLength += data.Length;
        while (true)
        {
            Copy(ref data);
            if (data.IsEmpty)
                return;
            Open(_pid, isStart: false, flags: 0, pcr: -1);
        }
    }

    public void EndPes()
    {
        if (_pesLength <= ushort.MaxValue)
        {
            BinaryPrimitives.WriteUInt16BigEndian(_pesHeader.Span[4..], (ushort)_pesLength);
        }
        else if (_room == 0)
        {
            // A length of 0 does not tell where the end is. In our files it is always a packet with stuffing: who finds the file cut off can tell.
            var last = _chunk.Span[_at - 1];
            _room = 1;
            Stuff();
            Open(_pid, isStart: false, flags: 0, pcr: -1);
            _chunk.Span[_at++] = last;
            _room--;
        }

        if (_room > 0)
            Stuff();
    }

    private void Copy(ref ReadOnlySpan<byte> data)
    {
        var count = Math.Min(_room, data.Length);
        data[..count].CopyTo(_chunk.Span[_at..]);
        _at += count;
        _room -= count;
        data = data[count..];
    }

    private void Open(int pid, bool isStart, byte flags, long pcr)
    {
        var packet = Take();
        ref var counter = ref _counters[pid];
        if ((counter & DiscontinuityDue) != 0)
            flags |= 0x80;
        WriteHeader(packet, pid, isStart);
        packet[3] = (byte)(0x10 | counter & 15);
        counter = (byte)(counter + 1 & 15);
        var header = 4;
        if (flags != 0 || pcr >= 0)
        {
            packet[3] |= 0x20;
            packet[4] = (byte)(pcr >= 0 ? 7 : 1);
            packet[5] = (byte)(flags | (pcr >= 0 ? 0x10 : 0));
            if (pcr >= 0)
                WritePcr(packet[6..], pcr);
            header = 5 + packet[4];
        }

        _at = _packet + header;
        _room = TsPacket.Length - header;
    }

    private Span<byte> Take()
    {
        if (_used == _chunk.Length)
        {
            if (_used > 0)
                _write.Add(_chunk);
            _chunk = _plan.Scratch(ChunkLength);
            _used = 0;
        }

        _packet = _used;
        _used += TsPacket.Length;
        Written += TsPacket.Length;
        return _chunk.Span.Slice(_packet, TsPacket.Length);
    }

    /// <summary>Moves the payload of the open packet to its end and fills the room before it.</summary>
    private void Stuff()
    {
        var packet = _chunk.Span.Slice(_packet, TsPacket.Length);
        var hasField = (packet[3] & 0x20) != 0;
        var payload = hasField ? 5 + packet[4] : 4;
        packet[payload..(TsPacket.Length - _room)].CopyTo(packet[(payload + _room)..]);
        packet.Slice(payload, _room).Fill(0xFF);
        if (hasField)
        {
            packet[4] += (byte)_room;
        }
        else
        {
            packet[3] |= 0x20;
            packet[4] = (byte)(_room - 1);
            if (_room > 1)
                packet[5] = 0;
        }

        _room = 0;
        _at = _packet + TsPacket.Length;
    }

    private static void WriteHeader(Span<byte> packet, int pid, bool isStart)
    {
        packet[0] = TsPacket.Sync;
        packet[1] = (byte)((isStart ? 0x40 : 0) | pid >> 8);
        packet[2] = (byte)pid;
    }

    /// <summary>program_clock_reference_base 33 bits, 6 reserved, extension 9 bits (always 0: 90 kHz is fine enough for files).</summary>
    private static void WritePcr(Span<byte> field, long pcr)
    {
        BinaryPrimitives.WriteUInt32BigEndian(field, (uint)(pcr >> 1));
        field[4] = (byte)(pcr << 7 | 0x7E);
        field[5] = 0;
    }
}
