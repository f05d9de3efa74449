namespace Tapedeck.Containers.MpegTs;

/// <summary>Script data as ID3 tags: <see cref="Id3"/>.</summary>
internal sealed class Id3Form() : ElementaryForm(Id3.StreamType, PrivateId, Id3.Descriptor())
{
    // What a length of 16 bits leaves behind the 8 bytes of a PES header with a time stamp.
    private const int MaxPes = ushort.MaxValue - 8;
    private static readonly int Head = Id3.TagHeader + Id3.FrameHeader + Id3.Description.Length;

    public override int Size(ReadOnlySpan<byte> sample) => Head + sample.Length;

    /// <summary>True when a tag can say how long this JSON is.</summary>
    public static bool Fits(ReadOnlySpan<byte> json) => json.Length <= Id3.MaxSize - Head;

    public override void Write(PacketOutput output, ReadOnlySpan<byte> sample, bool isKey)
    {
        Span<byte> head = stackalloc byte[Head];
        head.Clear();
        "ID3"u8.CopyTo(head);
        head[3] = 4;
        Id3.WriteSize(head[6..], Head - Id3.TagHeader + sample.Length);
        "TXXX"u8.CopyTo(head[Id3.TagHeader..]);
        Id3.WriteSize(head[(Id3.TagHeader + 4)..], Id3.Description.Length + sample.Length);
        Id3.Description.CopyTo(head[(Id3.TagHeader + Id3.FrameHeader)..]);
        output.Write(head);
        for (var room = MaxPes - Head; ; room = MaxPes)
        {
            var part = sample[..Math.Min(room, sample.Length)];
            output.Write(part);
            sample = sample[part.Length..];
            if (sample.IsEmpty)
                return;
            output.ContinuePes();
        }
    }
}
