namespace Tapedeck.Containers.MpegTs;

/// <summary>Time stamps of a PES packet, 33 bits each; -1 for none.</summary>
internal readonly record struct PesTimes(long Pts, long Dts);

/// <summary>
/// Bytes of an elementary stream across PES packets, and where in them each PES packet with time stamps began. A time belongs to the first access unit
/// that begins in its PES packet (13818-1 2.4.3.7), wherever the borders lie.
/// </summary>
internal sealed class ElementaryBuffer(int maxLength)
{
    private readonly Queue<(long Position, PesTimes Times)> _marks = new();
    private byte[] _data = new byte[4096];
    private int _start;
    private int _end;

    /// <summary>Position of the first byte, counted from the beginning of the stream.</summary>
    public long Position { get; private set; }

    public ReadOnlySpan<byte> Span => _data.AsSpan(_start, _end - _start);

    public void Mark(in PesTimes times)
    {
        // Nobody takes the marks of a stream in which no access unit begins.
        if (_marks.Count >= 4096)
            _marks.Dequeue();
        _marks.Enqueue((Position + (_end - _start), times));
    }

    public void Append(ReadOnlySpan<byte> data)
    {
        if (_end - _start + data.Length > maxLength)
            throw new ContainerFormatException($"An access unit is longer than {maxLength} bytes.");
        if (data.Length > _data.Length - _end)
        {
            var length = _end - _start;
            var target = length + data.Length > _data.Length / 2 ? new byte[Math.Max(_data.Length * 2, length + data.Length)] : _data;
            _data.AsSpan(_start, length).CopyTo(target);
            (_data, _start, _end) = (target, 0, length);
        }

        data.CopyTo(_data.AsSpan(_end));
        _end += data.Length;
    }

    public void Consume(int count)
    {
        _start += count;
        Position += count;
        if (_start == _end)
            _start = _end = 0;
    }

    public void Clear() => Consume(_end - _start);

    /// <summary>True when a PES packet with times, not taken yet, began after the first and not after the second position.</summary>
    public bool MarksBetween(long after, long until)
    {
        foreach (var (position, _) in _marks)
        {
            if (position > after)
                return position <= until;
        }

        return false;
    }

    /// <summary>The times for an access unit that begins at this position; both -1 when it has none of its own.</summary>
    public PesTimes TakeTimes(long position)
    {
        var times = new PesTimes(-1, -1);
        while (_marks.TryPeek(out var mark) && mark.Position <= position)
            times = _marks.Dequeue().Times;
        return times;
    }
}
