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

    public RepairPlan Analyse(Stream file, bool isOwn)
    {
        file.Position = 0;
        using var reader = TsReader.Open(new OpenStream(file));
        var tracks = reader.Tracks;
        var before = reader.Duration;
        var whole = isOwn ? TsDamage.Find(file) : file.Length;
        // A unit of one track may be cut in two by the cut of another's.
        for (var next = TsTail.Measure(file, whole).CompleteUnits; ; next = TsTail.Measure(file, whole).CompleteUnits)
        {
            if (next == whole)
                break;
            whole = next;
        }

        if (whole == file.Length)
            return new RepairPlan(Name, FileState.Ordinary) { Tracks = tracks, DurationBefore = before, DurationAfter = before };
        if (whole == 0)
            return new RepairPlan(Name, FileState.Unreadable) { Steps = ["Not one unit of it is whole."] };

        var plan = new DiskPlan();
        plan.Truncate(whole);
        plan.Sync();
        return new RepairPlan(Name, FileState.Torn, plan)
        {
            Tracks = tracks,
            DurationBefore = before,
            DurationAfter = before,
            Steps = [$"The last {file.Length - whole} bytes are no complete unit and are cut off."],
        };
    }
}
