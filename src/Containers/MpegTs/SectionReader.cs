namespace Tapedeck.Containers.MpegTs;

/// <summary>Puts the sections of one PID together. A section may lie across packets, and several may lie in one.</summary>
internal sealed class SectionReader
{
    private readonly byte[] _section = new byte[Psi.MaxSectionLength];
    private int _length;
    private int _counter = -1;

    /// <summary>The last section that was whole and new; hands out each only once.</summary>
    public byte[] Current { get; private set; } = [];

    /// <summary>True when the packet completed a section that says something else than <see cref="Current"/>.</summary>
    public bool Read(in TsPacket packet)
    {
        var payload = packet.Payload;
        if (!packet.HasPayload || packet.IsDamaged || packet.IsScrambled || payload.IsEmpty || packet.Counter == _counter)
            return false;
        if (_counter >= 0 && packet.Counter != (_counter + 1 & 15))
            _length = 0;
        _counter = packet.Counter;
        var found = false;
        if (packet.IsStart)
        {
            // pointer_field: the rest of an older section comes first.
            var pointer = Math.Min(payload[0], payload.Length - 1);
            if (_length > 0)
                found |= Take(payload.Slice(1, pointer), out _);
            payload = payload[(1 + pointer)..];
            _length = 0;
        }
        else if (_length == 0)
        {
            return false;
        }

        while (!payload.IsEmpty && (_length > 0 || payload[0] != 0xFF))
        {
            found |= Take(payload, out var used);
            payload = payload[used..];
        }

        return found;
    }

    /// <summary>Takes the bytes of one section.</summary>
    private bool Take(ReadOnlySpan<byte> data, out int used)
    {
        used = 0;
        while (_length < 3 && used < data.Length)
            _section[_length++] = data[used++];
        if (_length < 3)
            return false;
        var total = Psi.SectionLength(_section);
        if (total > _section.Length)
        {
            (_length, used) = (0, data.Length);
            return false;
        }

        var count = Math.Max(0, Math.Min(total - _length, data.Length - used));
        data.Slice(used, count).CopyTo(_section.AsSpan(_length));
        _length += count;
        used += count;
        if (_length < total)
            return false;
        _length = 0;
        var section = _section.AsSpan(0, total);
        if (!Psi.IsValid(section) || section.SequenceEqual(Current))
            return false;
        Current = section.ToArray();
        return true;
    }
}
