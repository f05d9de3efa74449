namespace Tapedeck.LoadBench;

/// <summary>What a process holds at this moment (proc(5)).</summary>
/// <param name="Resident">Bytes.</param>
/// <param name="Handles">Open files and sockets.</param>
internal readonly record struct HeldFigures(long Resident, int Handles, int Threads)
{
    public static HeldFigures Of(int process) => new(
        ProcessFigures.Field($"/proc/{process}/status", "VmRSS:") * 1024,
        Directory.GetFileSystemEntries($"/proc/{process}/fd").Length,
        (int)ProcessFigures.Field($"/proc/{process}/status", "Threads:"));
}
