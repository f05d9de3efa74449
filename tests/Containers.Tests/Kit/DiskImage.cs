namespace Tapedeck.Containers.Tests.Kit;

/// <summary>A file in memory that plans are carried out on, whole or up to a point inside an operation.</summary>
internal sealed class DiskImage
{
    private byte[] _bytes = [];

    public DiskImage() { }

    public DiskImage(byte[] bytes) => _bytes = [.. bytes];

    public byte[] Bytes => [.. _bytes];

    public MemoryStream Open() => new(Bytes, writable: false);

    public void Apply(DiskPlan plan)
    {
        foreach (var operation in plan.Operations)
            Apply(operation, operation.Length);
    }

    /// <summary>Carries out the first <paramref name="length"/> bytes of an operation.</summary>
    public void Apply(DiskOperation operation, long length)
    {
        if (operation.Kind == DiskOperationKind.Truncate)
        {
            Array.Resize(ref _bytes, (int)operation.Offset);
            return;
        }

        var at = (int)operation.Offset;
        foreach (var buffer in operation.Buffers)
        {
            var count = (int)Math.Min(length, buffer.Length);
            if (count == 0)
                break;
            if (_bytes.Length < at + count)
                Array.Resize(ref _bytes, at + count);
            buffer.Span[..count].CopyTo(_bytes.AsSpan(at));
            at += count;
            length -= count;
        }
    }
}
