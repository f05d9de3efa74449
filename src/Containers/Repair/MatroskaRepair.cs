using Tapedeck.Containers.WebM;

namespace Tapedeck.Containers.Repair;

/// <summary>WebM and Matroska of our own: a torn last cluster is dropped, Cues, duration and sizes are written.</summary>
internal sealed class MatroskaRepair : IContainerRepair
{
    public string Name => "WebM, Matroska";

    public bool Recognises(ReadOnlySpan<byte> start) => start.StartsWith<byte>([0x1A, 0x45, 0xDF, 0xA3]);

    public RepairPlan Analyse(Stream file, bool isOwn)
    {
        file.Position = 0;
        using var reader = MatroskaReader.Open(new OpenStream(file));
        var tracks = reader.Tracks;
        var before = reader.Duration;
        if (reader.IsFinished)
            return new RepairPlan(Name, FileState.Ordinary) { Tracks = tracks, DurationBefore = before, DurationAfter = before };

        var plan = new DiskPlan();
        file.Position = 0;
        var writer = MatroskaWriter.Continue(new OpenStream(file), new MatroskaWriterOptions(), plan);
        if (writer.Length == 0)
        {
            writer.Dispose();
            return new RepairPlan(Name, FileState.Unreadable) { Steps = ["It has a header, and not one whole cluster."] };
        }

        writer.Finish(plan);
        return new RepairPlan(Name, FileState.NeedsFinishing, plan, writer)
        {
            Tracks = tracks,
            DurationBefore = before,
            DurationAfter = writer.Duration,
            Steps = ["The recorder did not finish the file: what was never committed is dropped, index (Cues), duration and sizes are written."],
        };
    }
}
