using System.Buffers.Binary;

namespace Tapedeck.Containers.Flv;

/// <summary>
/// The index of an FLV file: times and file positions of key frames, in a block of fixed size. When it is full, every second entry goes
/// and the distance doubles: a file of any length keeps an even index.
/// <code>
/// 0A N [00 double]*N     filepositions, then the same for times; unused entries repeat the last
/// </code>
/// </summary>
internal sealed class KeyframeIndex(int capacity, TimeSpan interval)
{
    private readonly List<(long Milliseconds, long Position)> _entries = [];
    private long _interval = Math.Max(0, (long)interval.TotalMilliseconds);

    public int Capacity { get; } = capacity;

    public int Count => _entries.Count;

    /// <summary>Whether players gain by it. Of a single key frame there is no other place to go to, and ffmpeg calls an index that repeats its first entry invalid.</summary>
    public bool IsUseful => _entries.Count > 1;

    public (long Milliseconds, long Position) Last => _entries[^1];

    public void Add(long milliseconds, long position)
    {
        // The second one is taken however near it is: so all who read the file agree on whether there is one.
        if (Capacity == 0 || (_entries.Count > 0 && milliseconds - _entries[^1].Milliseconds < (_entries.Count == 1 ? 1 : _interval)))
            return;
        if (_entries.Count == Capacity)
        {
            var kept = 0;
            for (var i = 0; i < _entries.Count; i += 2)
                _entries[kept++] = _entries[i];
            _entries.RemoveRange(kept, _entries.Count - kept);
            _interval = Math.Max(_interval * 2, _entries.Count > 1 ? (_entries[^1].Milliseconds - _entries[0].Milliseconds) / (_entries.Count - 1) : 1);
            if (_entries.Count == Capacity || milliseconds - _entries[^1].Milliseconds < _interval)
                return;
        }

        _entries.Add((milliseconds, position));
    }

    /// <summary>From now on entries are at least this far apart; further, where those that are there already are.</summary>
    public void Widen(TimeSpan interval)
    {
        _interval = Math.Max(0, (long)interval.TotalMilliseconds);
        if (_entries.Count > 2)
            _interval = Math.Max(_interval, (_entries[^1].Milliseconds - _entries[0].Milliseconds) / (_entries.Count - 1) / 2);
    }

    /// <summary>Bytes of one of the two arrays.</summary>
    public static int ArrayLength(int capacity) => 5 + capacity * 9;

    public void WritePositions(Span<byte> target, long first) => Write(target, first, entry => entry.Position);

    public void WriteTimes(Span<byte> target) => Write(target, 0, entry => entry.Milliseconds / 1000.0);

    private void Write(Span<byte> target, double empty, Func<(long Milliseconds, long Position), double> select)
    {
        target[0] = 10;
        BinaryPrimitives.WriteInt32BigEndian(target[1..], Capacity);
        for (var i = 0; i < Capacity; i++)
        {
            var value = _entries.Count == 0 ? empty : select(_entries[Math.Min(i, _entries.Count - 1)]);
            target[5 + i * 9] = 0;
            BinaryPrimitives.WriteDoubleBigEndian(target[(6 + i * 9)..], value);
        }
    }
}
