namespace Tapedeck.Containers.WebM;

/// <summary>
/// Appends an element in two writes, so that readers see all of it or nothing:
/// <code>
/// 1. EC 02 01 00 00 00 00 00 .. its body    one gather write: a Void that seems to be 1 TiB long, in which the file ends
///    (sync)
/// 2. 1F 43 B6 75 1s ss ss ss                the header becomes that of the element (Cluster, Cues); its ID and size also take 8 bytes
/// </code>
/// The file may be cut off anywhere in the first write. Readers take a Void they cannot pass over for the end of the file. The size matters: of one below 2 GiB
/// that is cut off ffmpeg says "Truncating packet", of one whose lower 32 bits are 0 nothing. It goes on to look for the ID of a cluster behind
/// that, so each cluster of a write is hidden by itself. The second write lies inside one 512-byte sector, which disks write whole or not at all; <see cref="Pad"/> sees to that.
/// </summary>
internal static class HiddenElement
{
    /// <summary>Largest size that fits into 4 bytes.</summary>
    public const int MaxSize = (1 << 28) - 2;

    /// <summary>Bytes of a header, hidden or not.</summary>
    public const int HeaderLength = 8;
    private const long Endless = 1L << 40;
    private const int Sector = 512;

    /// <summary>Length of the Void that must follow what ends at <paramref name="offset"/> so that the next 8 bytes lie in one sector; 0 for none.</summary>
    public static int Pad(long offset)
    {
        var used = (int)(offset % Sector);
        return used <= Sector - HeaderLength ? 0 : Math.Max(2, Sector - used);
    }

    /// <summary>Puts the Void's header over that of an element.</summary>
    /// <param name="plan">Lends memory.</param>
    /// <param name="element">At least its first 8 bytes, which are its ID and size.</param>
    /// <returns>What they were: the second write.</returns>
    public static ReadOnlyMemory<byte> Hide(DiskPlan plan, Span<byte> element)
    {
        var header = plan.Scratch(HeaderLength);
        element[..HeaderLength].CopyTo(header.Span);
        element[0] = (byte)ElementId.Void;
        element[1..HeaderLength].Clear();
        Ebml.WriteSize(element[1..], Endless, HeaderLength - 1);
        return header;
    }
}
