using Tapedeck.Containers;

namespace Tapedeck.PowerCut;

/// <summary>
/// A file on a medium that forgets what was not synced, after the method of SQLite's crash tests. At a cut each sector of 512 or 4,096 bytes is, by chance
/// and independently of all others, as it was at any moment since the last sync; what lies beyond the synced end may also be zeros or garbage. The length
/// is one that the file had since then, or any between. Bytes that were synced and not written again stay (SQLite: powersafe overwrite), and a write
/// within a synced sector lands whole or not at all.
/// </summary>
internal sealed class VolatileFile
{
    private readonly List<(long Offset, byte[] Data)> _writes = []; // since the last sync
    private readonly List<long> _lengths = [];
    private byte[] _synced = [];
    private byte[] _now = [];

    public VolatileFile() { }

    /// <summary>One that lies on the medium.</summary>
    public VolatileFile(byte[] bytes) => (_synced, _now) = (bytes, [.. bytes]);

    /// <summary>As programs see it.</summary>
    public byte[] Bytes => _now;

    public void Apply(DiskOperation operation)
    {
        switch (operation.Kind)
        {
            case DiskOperationKind.Sync:
                Sync();
                return;
            case DiskOperationKind.Truncate:
                Array.Resize(ref _now, (int)operation.Offset);
                _lengths.Add(operation.Offset);
                return;
        }

        var data = new byte[operation.Length];
        var at = 0;
        foreach (var buffer in operation.Buffers)
        {
            buffer.Span.CopyTo(data.AsSpan(at));
            at += buffer.Length;
        }

        if (_now.Length < operation.Offset + data.Length)
            Array.Resize(ref _now, (int)operation.Offset + data.Length);
        data.CopyTo(_now, operation.Offset);
        _writes.Add((operation.Offset, data));
        _lengths.Add(_now.Length);
    }

    public void Sync()
    {
        _synced = [.. _now];
        _writes.Clear();
        _lengths.Clear();
    }

    /// <summary>What is on the medium after a loss of power.</summary>
    public byte[] Cut(Random random)
    {
        var sector = random.Next(2) == 0 ? 512 : 4096;
        var shortest = Math.Min(_synced.Length, _lengths.Count > 0 ? _lengths.Min() : _synced.Length);
        var longest = Math.Max(_synced.Length, _lengths.Count > 0 ? _lengths.Max() : _synced.Length);
        var length = random.Next(4) switch
        {
            0 => _lengths.Count > 0 ? _lengths[random.Next(_lengths.Count)] : _synced.Length,
            1 => longest,
            _ => random.NextInt64(shortest, longest + 1),
        };
        var file = new byte[length];
        _synced.AsSpan(0, (int)Math.Min(length, _synced.Length)).CopyTo(file);
        for (long at = 0; at < length; at += sector)
        {
            var size = (int)Math.Min(sector, length - at);
            Fill(file.AsSpan((int)at, size), at, random);
        }

        return file;
    }

    private void Fill(Span<byte> sector, long at, Random random)
    {
        var touching = 0;
        foreach (var (offset, data) in _writes)
            touching += offset < at + sector.Length && offset + data.Length > at ? 1 : 0;
        if (touching == 0)
            return;
        var kept = random.Next(8) < 5 ? touching : random.Next(touching + 1); // writes that reached it
        foreach (var (offset, data) in _writes)
        {
            if (offset >= at + sector.Length || offset + data.Length <= at || kept-- <= 0)
                continue;
            var from = (int)Math.Max(at, offset);
            var to = (int)Math.Min(at + sector.Length, offset + data.Length);
            data.AsSpan(from - (int)offset, to - from).CopyTo(sector[(from - (int)at)..]);
        }

        // New room of which nothing, or something else, was written.
        var fresh = (int)Math.Clamp(_synced.Length - at, 0, sector.Length);
        if (fresh == sector.Length || random.Next(8) < 6)
            return;
        if (random.Next(2) == 0)
            sector[fresh..].Clear();
        else
            random.NextBytes(sector[fresh..]);
    }
}
