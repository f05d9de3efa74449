using System.Runtime.InteropServices;
using Tapedeck.Containers;
using Tapedeck.Containers.Flv;
using Tapedeck.Containers.Mp4;
using Tapedeck.Containers.MpegTs;
using Tapedeck.Containers.Repair;
using Tapedeck.Containers.WebM;
using Tapedeck.Media;

namespace Tapedeck.PowerCut;

/// <summary>What one cut did.</summary>
/// <param name="Container">Which.</param>
/// <param name="Begun">Fragments whose writing was over, the last one perhaps not synced.</param>
/// <param name="Lost">Of these: not whole in the file after its repair.</param>
/// <param name="Problem">What must not be; null when all is well.</param>
internal sealed record Outcome(string Container, int Begun, int Lost, string? Problem)
{
    /// <summary>With which it comes again.</summary>
    public int Seed { get; init; }

    /// <summary>Frames in the file that nobody sent.</summary>
    public int Garbled { get; init; }
}

/// <summary>
/// One recording that loses power: fragments are written as a recording with durability <c>fragment</c> does, until the cut; then the file is repaired as
/// the next start of the host does, and read.
/// </summary>
internal static class Cut
{
    public const int MostLost = 2;

    public static IReadOnlyList<string> Containers { get; } = ["mp4", "fmp4", "flv", "ts", "webm", "mkv"];

    public static Outcome Run(string container, int seed)
    {
        var random = new Random(seed);
        var fragments = Clip.Make(container == "webm", random);
        var frames = fragments.SelectMany(f => f).ToList();
        var file = new VolatileFile();
        var begun = Write(container, fragments, file, random);
        var bytes = file.Cut(random);
        try
        {
            return Judge(container, fragments, frames, begun, bytes);
        }
        catch (Exception e)
        {
            return new Outcome(container, begun, begun, $"{e.GetType().Name}: {e.Message}");
        }
    }

    /// <summary>Writes until a random operation, which may be one of the finish; returns how many fragments were over.</summary>
    private static int Write(string container, List<List<MediaFrame>> fragments, VolatileFile file, Random random)
    {
        var writer = Create(container);
        using var owner = writer as IDisposable;
        var plan = new DiskPlan();
        var stopAt = random.Next(fragments.Count + 1);
        for (var i = 0; i <= fragments.Count; i++)
        {
            plan.Clear();
            if (i < fragments.Count)
            {
                foreach (var frame in fragments[i])
                    writer.Add(frame);
                writer.CutFragment(plan, i + 1 < fragments.Count ? CollectionsMarshal.AsSpan(fragments[i + 1]) : default);
                plan.EnsureSync();
            }
            else
            {
                writer.Finish(plan);
            }

            var last = i == stopAt ? random.Next(plan.Operations.Count + 1) : plan.Operations.Count;
            for (var o = 0; o < last; o++)
                file.Apply(plan.Operations[o]);
            if (i == stopAt)
                return i + (last == plan.Operations.Count && i < fragments.Count ? 1 : 0);
        }

        throw new InvalidOperationException("The recording ended before its cut.");
    }

    private static Outcome Judge(string container, List<List<MediaFrame>> fragments, List<MediaFrame> frames, int begun, byte[] bytes)
    {
        var image = new VolatileFile(bytes);
        FileState state;
        using (var plan = ContainerRepair.Analyse(new MemoryStream(bytes, writable: false), isOwn: true))
        {
            state = plan.State;
            foreach (var operation in plan.Disk.Operations)
                image.Apply(operation);
            if (state == FileState.Unreadable)
                return new Outcome(container, begun, begun, begun <= MostLost ? null : $"unreadable: {string.Join(" ", plan.Steps)}");
        }

        var repaired = image.Bytes;
        using (var again = ContainerRepair.Analyse(new MemoryStream(repaired, writable: false), isOwn: true))
        {
            if (again.HasWork)
                return new Outcome(container, begun, begun, $"a repaired file ({state}) is not whole: {string.Join(" ", again.Steps)}");
        }

        var (read, garbled) = Read(repaired, frames);
        var (whole, first) = (0, 0);
        foreach (var fragment in fragments)
        {
            if (!Enumerable.Range(first, fragment.Count).All(read.Contains))
                break;
            first += fragment.Count;
            whole++;
        }

        var lost = Math.Max(0, begun - whole);
        // Structure that is right around bytes that are not, in what was never synced: counted, as lost too.
        var problem = lost > MostLost ? $"{lost} of {begun} fragments are lost" : garbled > 0 ? null : Faults(repaired, container, read.Count);
        return new Outcome(container, begun, lost, problem) { Garbled = garbled };
    }

    /// <summary>Numbers of the frames that are as they were sent, and how many are not.</summary>
    private static (HashSet<int> Read, int Garbled) Read(byte[] bytes, List<MediaFrame> frames)
    {
        var (read, garbled) = (new HashSet<int>(), 0);
        using var reader = ContainerFile.Open(new MemoryStream(bytes, writable: false));
        while (reader.TryRead(out var frame))
        {
            if (frame.Kind != FrameKind.Sample)
                continue;
            var number = frame.Payload.Length < 4 ? -1 : NumberedPayload.Number(frame.Payload.Span);
            if (number < 0 || number >= frames.Count || !frame.Payload.Span.SequenceEqual(frames[number].Payload.Span) || !read.Add(number))
                garbled++;
        }

        return (read, garbled);
    }

    private static string? Faults(byte[] bytes, string container, int read)
    {
        if (read == 0)
            return null;
        var findings = ContainerCheck.Validate(new MemoryStream(bytes, writable: false), new ContainerExpectations { IsFinished = container != "fmp4" });
        return findings.FirstOrDefault(finding => finding.Severity == FindingSeverity.Error)?.Text;
    }

    private static IContainerWriter Create(string container) => container switch
    {
        "mp4" => new Mp4Writer(),
        "fmp4" => new Mp4Writer(new Mp4WriterOptions { Fragmented = true }),
        "flv" => new FlvWriter(),
        "ts" => new TsWriter(),
        "webm" => new MatroskaWriter(new MatroskaWriterOptions { DocType = MatroskaDocType.WebM }),
        _ => new MatroskaWriter(new MatroskaWriterOptions { DocType = MatroskaDocType.Matroska }),
    };
}
