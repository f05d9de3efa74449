namespace Tapedeck.Containers.Tests.Flv;

/// <summary>A file that plans are carried out on. It can stop within any operation, as a process or a disk does.</summary>
internal sealed class PlanFile
{
    private byte[] _bytes;

    public PlanFile(byte[]? bytes = null) => _bytes = bytes ?? [];

    public byte[] Bytes => _bytes;

    public void Run(DiskPlan plan)
    {
        foreach (var operation in plan.Operations)
            Run(operation, long.MaxValue);
        plan.Clear();
    }

    /// <summary>Carries out at most so many bytes of a write.</summary>
    public void Run(DiskOperation operation, long atMost)
    {
        switch (operation.Kind)
        {
            case DiskOperationKind.Truncate:
                Array.Resize(ref _bytes, (int)operation.Offset);
                break;
            case DiskOperationKind.Write:
                var data = operation.Buffers.SelectMany(buffer => buffer.ToArray()).Take((int)Math.Min(atMost, int.MaxValue)).ToArray();
                ((long)operation.Buffers.Sum(buffer => buffer.Length)).ShouldBe(operation.Length);
                operation.Offset.ShouldBeLessThanOrEqualTo(_bytes.Length, "a write must not leave a hole");
                if (_bytes.Length < operation.Offset + data.Length)
                    Array.Resize(ref _bytes, (int)operation.Offset + data.Length);
                data.CopyTo(_bytes, operation.Offset);
                break;
        }
    }

    /// <summary>Every state that a stop within this plan may leave behind: each operation at its beginning, end, and places between.</summary>
    public IEnumerable<byte[]> Stops(DiskPlan plan, int places)
    {
        var before = new PlanFile((byte[])_bytes.Clone());
        foreach (var operation in plan.Operations)
        {
            var length = operation.Kind == DiskOperationKind.Write ? operation.Length : 0;
            var steps = new SortedSet<long> { 0, Math.Min(1, length), Math.Min(11, length), Math.Max(0, length - 1), length };
            for (var i = 1; i < places; i++)
                steps.Add(length * i / places);

            // Within a sector, so few bytes are written whole or not at all.
            if (length <= 16)
                steps = [0, length];
            foreach (var step in steps)
            {
                var stopped = new PlanFile((byte[])before._bytes.Clone());
                stopped.Run(operation, step);
                yield return stopped._bytes;
            }

            before.Run(operation, long.MaxValue);
        }
    }
}
