namespace Tapedeck.Containers.MpegTs;

/// <summary>
/// Finds where a loss of power left something else than was written: packets of our writer stand every 188 bytes from the beginning, and each PID counts
/// its packets on.
/// </summary>
internal static class TsDamage
{
    private const long Window = 8 << 20;

    /// <summary>Where damage within the last 8 MiB begins; the length of the file where there is none.</summary>
    public static long Find(Stream file)
    {
        var at = Math.Max(0, (file.Length - Window) / TsPacket.Length * TsPacket.Length);
        file.Position = at;
        var counters = new Dictionary<int, int>();
        var packet = new byte[TsPacket.Length];
        for (var start = at; file.ReadAtLeast(packet, packet.Length, throwOnEndOfStream: false) == packet.Length; at += packet.Length)
        {
            // The packet before may lie half in what is damaged.
            if (packet[0] != TsPacket.Sync || !Counts(packet, counters))
                return Math.Max(start, at - packet.Length);
        }

        return file.Length;
    }

    private static bool Counts(ReadOnlySpan<byte> packet, Dictionary<int, int> counters)
    {
        var pid = (packet[1] & 0x1F) << 8 | packet[2];
        var counter = packet[3] & 15;
        var hasPayload = (packet[3] & 0x10) != 0;
        if (!hasPayload || pid == TsPacket.NullPid)
            return true;
        var isRight = !counters.TryGetValue(pid, out var last) || counter == ((last + 1) & 15) || IsBreak(packet);
        counters[pid] = counter;
        return isRight;
    }

    /// <summary>discontinuity_indicator: whoever appended to the file said so.</summary>
    private static bool IsBreak(ReadOnlySpan<byte> packet) => (packet[3] & 0x20) != 0 && packet[4] > 0 && (packet[5] & 0x80) != 0;
}
