using Tapedeck.Containers.MpegTs;

namespace Tapedeck.Containers.Repair;

/// <summary>MPEG transport streams need no finish; a torn one is cut after its last complete unit.</summary>
internal sealed class TsRepair : IContainerRepair
{
    private const byte Sync = 0x47;
    private const int Packet = 188;

    public string Name => "MPEG-TS";

    public bool Recognises(ReadOnlySpan<byte> start) =>
        start.Length >= Packet && start[0] == Sync && (start.Length == Packet || start[Packet] == Sync);

    public RepairPlan Analyse(Stream file)
    {
        var tail = TsTail.Measure(file);
        file.Position = 0;
        using var reader = TsReader.Open(new OpenStream(file));
        var tracks = reader.Tracks;
        var before = reader.Duration;
        if (tail.CompleteUnits == file.Length)
            return new RepairPlan(Name, FileState.Ordinary) { Tracks = tracks, DurationBefore = before, DurationAfter = before };

        var plan = new DiskPlan();
        plan.Truncate(tail.CompleteUnits);
        plan.Sync();
        return new RepairPlan(Name, FileState.Torn, plan)
        {
            Tracks = tracks,
            DurationBefore = before,
            DurationAfter = before,
            Steps = [$"The last {file.Length - tail.CompleteUnits} bytes are no complete unit and are cut off."],
        };
    }
}
