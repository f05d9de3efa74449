namespace Tapedeck.Containers.Repair;

/// <summary>Says what is wrong with a media file, and plans how to mend it in place. A mended file has nothing more to do.</summary>
public static class ContainerRepair
{
    /// <summary>What is looked at to tell containers apart: a packet of MPEG-TS and the sync byte of the next.</summary>
    public const int StartLength = 512;

    /// <summary>One entry for each container.</summary>
    public static IReadOnlyList<IContainerRepair> All { get; } = [new FlvRepair(), new Mp4Repair(), new MatroskaRepair(), new TsRepair()];

    /// <summary>Reads all that is needed before anything is planned; a file that nobody knows, or that is beyond help, is <see cref="FileState.Unreadable"/>.</summary>
    /// <param name="file">Seekable; only read, and left open.</param>
    /// <param name="isOwn">
    /// It is known that this host wrote it and did not finish it. Damage near its end, which a transport stream of others may have anywhere, is then what
    /// a loss of power left of the last writes, and is cut off.
    /// </param>
    public static RepairPlan Analyse(Stream file, bool isOwn = false)
    {
        var start = new byte[StartLength];
        file.Position = 0;
        var length = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        if (length == 0)
            return new RepairPlan("empty", FileState.Unreadable) { Steps = ["The file is empty."] };
        foreach (var container in All)
        {
            if (!container.Recognises(start.AsSpan(0, length)))
                continue;
            try
            {
                return container.Analyse(file, isOwn);
            }
            catch (ContainerFormatException exception)
            {
                return new RepairPlan(container.Name, FileState.Unreadable) { Steps = [exception.Message] };
            }
        }

        return new RepairPlan("unknown", FileState.Unreadable)
        {
            Steps = [$"The file is of no kind that can be repaired ({string.Join(", ", All.Select(container => container.Name))})."],
        };
    }
}
