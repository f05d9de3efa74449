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

    /// <summary>Images in which the operation was cut off: four times near its beginning, from <paramref name="first"/> bytes on, and eight times anywhere.</summary>
    public IEnumerable<DiskImage> Torn(DiskOperation operation, Random random, int first = 0)
    {
        for (var attempt = 0; attempt < 12; attempt++)
        {
            var torn = new DiskImage(_bytes);
            torn.Apply(operation, attempt < 4 ? first + attempt * 3 : random.NextInt64(operation.Length));
            yield return torn;
        }
    }

    /// <summary>Thirty images as a loss of power leaves them: of the pages of 4,096 bytes from one on, any may be zeros.</summary>
    public IEnumerable<DiskImage> PagesLost(long firstPage, Random random)
    {
        for (var attempt = 0; attempt < 30; attempt++)
        {
            var bytes = Bytes;
            for (var at = (int)firstPage * 4096; at < bytes.Length; at += 4096)
            {
                if (random.Next(2) == 0)
                    Array.Clear(bytes, at, Math.Min(4096, bytes.Length - at));
            }

            yield return new DiskImage(bytes);
        }
    }
}
