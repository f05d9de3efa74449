namespace Tapedeck.Containers.WebM;

/// <summary>
/// Appends an element so that at every instant the file consists of whole elements:
/// <code>
/// 1. EC 02 ss ss ss ss ss ss              header of a Void, at the end of the file
/// 2. .. one byte at the end of that Void: the file is as long as it says
/// 3. .. its body, in one gather write
///    (sync)
/// 4. 1F 43 B6 75 1s ss ss ss              the header becomes that of the element (Cluster, Cues); its ID and size also take 8 bytes
/// </code>
/// Between 1 and 2 the Void has no body at all, which every reader known takes for the end. Steps 1, 2 and 4 are 8 bytes or fewer inside one 512-byte
/// sector, which disks write whole or not at all; <see cref="Pad"/> sees to that.
/// </summary>
internal static class HiddenElement
{
    /// <summary>Largest size that fits into 4 bytes.</summary>
    public const int MaxSize = (1 << 28) - 2;
    private const int Sector = 512;

    /// <summary>Length of the Void that must follow what ends at <paramref name="offset"/> so that the next 8 bytes lie in one sector; 0 for none.</summary>
    public static int Pad(long offset)
    {
        var used = (int)(offset % Sector);
        return used <= Sector - 8 ? 0 : Math.Max(2, Sector - used);
    }

    /// <summary>All four steps.</summary>
    /// <param name="plan">Takes them.</param>
    /// <param name="first">The write of step 1: ends at <paramref name="at"/> so far.</param>
    /// <param name="at">Where the element begins.</param>
    /// <param name="total">Its length with its header, and with whole elements behind it that come to light together with it.</param>
    /// <param name="body">What follows the first 8 bytes.</param>
    /// <param name="header">The first 8 bytes, in the end.</param>
    public static void Write(DiskPlan plan, DiskOperation first, long at, long total, List<ReadOnlyMemory<byte>> body, ReadOnlyMemory<byte> header)
    {
        var hidden = plan.Scratch(9);
        hidden.Span[0] = (byte)ElementId.Void;
        Ebml.WriteSize(hidden.Span[1..], total - 8, 7);
        hidden.Span[8] = 0;
        first.Add(hidden[..8]);
        plan.Write(at + total - 1).Add(hidden[8..]);
        var write = plan.Write(at + 8);
        foreach (var buffer in body)
            write.Add(buffer);
        plan.Sync();
        plan.Write(at).Add(header);
    }
}
