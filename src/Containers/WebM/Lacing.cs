namespace Tapedeck.Containers.WebM;

/// <summary>
/// Takes apart a block that holds several frames (RFC 9559 10.3):
/// <code>
/// count - 1                       1 byte
/// Xiph   size of all but the last as bytes of 255 and a last one below it
/// EBML   size of the first; of each next but the last, the difference as a signed number
/// fixed  nothing: all are of one size
/// frames
/// </code>
/// </summary>
internal static class Lacing
{
    /// <summary>Fills the list with offset and size of each frame.</summary>
    public static void Split(EbmlFile file, in FileBlock block, List<(long Offset, int Size)> frames)
    {
        frames.Clear();
        if (block.Size > int.MaxValue / 2)
            throw Damaged(block);
        if (block.Lacing == 0)
        {
            frames.Add((block.Data, (int)block.Size));
            return;
        }

        var end = block.Data + block.Size;
        var at = block.Data;
        var count = Byte(file, block, ref at) + 1;
        if (block.Lacing == 2)
        {
            var size = end - at;
            if (size % count != 0)
                throw Damaged(block);
            for (var i = 0; i < count; i++)
                frames.Add((at + size / count * i, (int)(size / count)));
            return;
        }

        Span<int> sizes = stackalloc int[count];
        long sum = 0;
        for (var i = 0; i < count - 1; i++)
        {
            sizes[i] = block.Lacing == 1 ? XiphSize(file, block, ref at) : EbmlSize(file, block, ref at, i == 0 ? -1 : sizes[i - 1]);
            sum += sizes[i];
        }

        if (at + sum > end)
            throw Damaged(block);
        sizes[^1] = (int)(end - at - sum);
        foreach (var size in sizes)
        {
            frames.Add((at, size));
            at += size;
        }
    }

    private static int Byte(EbmlFile file, in FileBlock block, ref long at)
    {
        if (at >= block.Data + block.Size)
            throw Damaged(block);
        return file.Peek(at++, 1)[0];
    }

    private static int XiphSize(EbmlFile file, in FileBlock block, ref long at)
    {
        long size = 0;
        int part;
        do
        {
            part = Byte(file, block, ref at);
            size += part;
        }
        while (part == 255);
        return size <= block.Size ? (int)size : throw Damaged(block);
    }

    private static int EbmlSize(EbmlFile file, in FileBlock block, ref long at, int before)
    {
        var rest = (int)Math.Min(8, block.Data + block.Size - at);
        if (rest <= 0 || !Ebml.TryReadSize(file.Peek(at, rest), out var size, out var length))
            throw Damaged(block);
        at += length;

        // All ones mean no "unknown" here: the largest value.
        if (size < 0)
            size = (1L << 7 * length) - 1;
        if (before >= 0)
            size = before + size - ((1L << 7 * length - 1) - 1);
        return size >= 0 && size <= block.Size ? (int)size : throw Damaged(block);
    }

    private static ContainerFormatException Damaged(in FileBlock block) => new($"The lacing of the block at offset {block.Offset} is damaged.");
}
