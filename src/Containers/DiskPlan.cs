namespace Tapedeck.Containers;

/// <summary>
/// What is to be done to one file, in order: gather writes and syncs. Container writers fill it, a volume carries it out; so the
/// writers do no I/O and a test can stop between, or inside, any two operations. Reused: <see cref="Clear"/> takes everything back.
/// </summary>
public sealed class DiskPlan
{
    private readonly List<DiskOperation> _operations = [];
    private readonly Stack<DiskOperation> _spare = new();
    private byte[] _scratch = new byte[4096];
    private int _scratchUsed;

    /// <summary>The operations in the order in which they must reach the disk.</summary>
    public IReadOnlyList<DiskOperation> Operations => _operations;

    /// <summary>Starts a gather write at a file offset in bytes; the buffers added next belong to it.</summary>
    public DiskOperation Write(long offset)
    {
        var operation = Take(DiskOperationKind.Write);
        operation.Offset = offset;
        return operation;
    }

    /// <summary>Everything before must be on the medium before anything after is written, where the recording's durability asks for it.</summary>
    public void Sync() => Take(DiskOperationKind.Sync);

    /// <summary>
    /// Sees to it that something is synced: MPEG-TS, and FLV where a write cannot be hidden, ask for no sync while they grow, and would lose all that the
    /// system has not written back.
    /// </summary>
    /// <param name="atEnd">After all else; otherwise a sync anywhere is enough.</param>
    public void EnsureSync(bool atEnd = false)
    {
        if (_operations.Count > 0 && !(atEnd ? _operations[^1].Kind == DiskOperationKind.Sync : _operations.Exists(o => o.Kind == DiskOperationKind.Sync)))
            Sync();
    }

    /// <summary>The file ends here: bytes from <paramref name="length"/> on are cut off.</summary>
    public void Truncate(long length) => Take(DiskOperationKind.Truncate).Offset = length;

    /// <summary>Memory for headers, owned by the plan, valid until <see cref="Clear"/>.</summary>
    public Memory<byte> Scratch(int length)
    {
        if (_scratch.Length - _scratchUsed < length)
        {
            // The old block stays alive through the buffers that refer to it.
            _scratch = new byte[Math.Max(length, _scratch.Length * 2)];
            _scratchUsed = 0;
        }

        var memory = _scratch.AsMemory(_scratchUsed, length);
        _scratchUsed += length;
        return memory;
    }

    /// <summary>Forgets all operations; memory handed out by <see cref="Scratch"/> may be reused.</summary>
    public void Clear()
    {
        foreach (var operation in _operations)
        {
            operation.Reset();
            _spare.Push(operation);
        }

        _operations.Clear();
        _scratchUsed = 0;
    }

    private DiskOperation Take(DiskOperationKind kind)
    {
        var operation = _spare.Count > 0 ? _spare.Pop() : new DiskOperation();
        operation.Kind = kind;
        _operations.Add(operation);
        return operation;
    }
}

/// <summary>What one step of a <see cref="DiskPlan"/> does.</summary>
public enum DiskOperationKind
{
    /// <summary>Gather write at an offset.</summary>
    Write,

    /// <summary>Flush to the medium.</summary>
    Sync,

    /// <summary>Cut the file at an offset.</summary>
    Truncate,
}

/// <summary>One step of a <see cref="DiskPlan"/>.</summary>
public sealed class DiskOperation
{
    private readonly List<ReadOnlyMemory<byte>> _buffers = [];

    /// <summary>What to do.</summary>
    public DiskOperationKind Kind { get; internal set; }

    /// <summary>File offset of a write, new length of a truncation; in bytes.</summary>
    public long Offset { get; internal set; }

    /// <summary>The buffers of a write, one after the other.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Buffers => _buffers;

    /// <summary>Sum of the buffers' lengths.</summary>
    public long Length { get; private set; }

    /// <summary>Adds a buffer to a write; it must stay unchanged until the plan was carried out.</summary>
    public void Add(ReadOnlyMemory<byte> buffer)
    {
        if (buffer.IsEmpty)
            return;
        _buffers.Add(buffer);
        Length += buffer.Length;
    }

    internal void Reset()
    {
        _buffers.Clear();
        Length = 0;
        Offset = 0;
    }
}
