using System.Globalization;

namespace Tapedeck.KillTest;

/// <summary>Bytes that the host's sockets hold and the host has not read yet, from <c>/proc/net/tcp</c>.</summary>
internal static class ReceiveQueues
{
    /// <summary>By the port of the client.</summary>
    public static Dictionary<int, long> Read(int hostPort)
    {
        var queues = new Dictionary<int, long>();
        foreach (var file in (string[])["/proc/net/tcp", "/proc/net/tcp6"])
        {
            foreach (var line in File.ReadLines(file).Skip(1))
            {
                // sl local_address rem_address st tx_queue:rx_queue …
                var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (PortOf(fields[1]) == hostPort)
                    queues[PortOf(fields[2])] = long.Parse(fields[4].AsSpan(fields[4].IndexOf(':', StringComparison.Ordinal) + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            }
        }

        return queues;
    }

    private static int PortOf(string address) =>
        int.Parse(address.AsSpan(address.LastIndexOf(':') + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
