using Tapedeck.Containers.Flv;

namespace Tapedeck.Containers.Repair;

/// <summary>
/// FLV: a torn tail is cut; duration, size and index of key frames are entered where the file has room for them. A player stops at a torn tag
/// without complaint, so each step leaves a file that plays.
/// </summary>
internal sealed class FlvRepair : IContainerRepair
{
    /// <summary>Muxers differ in what the last frame lasts: less than this is no mistake.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(1);

    public string Name => "FLV";

    public bool Recognises(ReadOnlySpan<byte> start) => start.StartsWith("FLV\u0001"u8);

    public RepairPlan Analyse(Stream file, bool isOwn)
    {
        var state = FlvFileState.Examine(file, TimeSpan.Zero);
        if (!state.HasTags)
            return new RepairPlan(Name, FileState.Unreadable) { Steps = ["Not one tag of it is whole."] };
        var steps = new List<string>();
        var duration = TimeSpan.FromMilliseconds(state.NextPresentation - state.FirstTime);
        var stated = state.StatedDuration;
        var size = state.Metadata?.Object?["filesize"] is { Kind: ScriptKind.Number } number ? number.Number : 0;
        var isDurationWrong = state.Places.DurationAt > 0 && (stated is null ? duration > TimeSpan.Zero : (stated.Value - duration).Duration() > Tolerance);
        var isSizeWrong = state.Places.FileSizeAt > 0 && (long)size != state.End;
        if (state.IsTorn)
            steps.Add($"The last {state.Length - state.End} bytes are a torn tag: they are cut off.");
        if (state.IsUnfinished)
            steps.Add($"The index is not switched on: {state.Index.Count} key frames are entered.");
        if (isDurationWrong)
            steps.Add($"The duration is said to be {stated?.ToString() ?? "unknown"}: {duration} is entered.");
        if (isSizeWrong)
            steps.Add($"The size is said to be {size}: {state.End} is entered.");
        if (stated is null && state.Places.DurationAt == 0)
            steps.Add("The file has no room for its duration: players find it by reading.");
        var needed = state.IsTorn || state.IsUnfinished || isDurationWrong || isSizeWrong;
        var disk = new DiskPlan();
        if (state.IsTorn)
            disk.Truncate(state.End);
        if (state.IsUnfinished)
            state.Places.WriteIndex(disk, state.Index);
        if (needed)
            state.Places.PatchLengths(disk, isDurationWrong || state.IsTorn || state.IsUnfinished ? duration : stated ?? duration, state.End);
        if (state.IsUnfinished)
        {
            disk.Sync();
            state.Places.RevealIndex(disk, state.Index);
        }

        if (needed)
            disk.Sync();
        using var reader = FlvReader.Open(new OpenStream(file));
        return new RepairPlan(Name, state.IsTorn ? FileState.Torn : needed ? FileState.NeedsFinishing : FileState.Ordinary, disk)
        {
            Tracks = reader.Tracks,
            DurationBefore = stated ?? duration,
            DurationAfter = needed ? duration : stated ?? duration,
            Steps = steps,
        };
    }
}
