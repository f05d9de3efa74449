using System.Runtime.InteropServices;
using Tapedeck.Media;

namespace Tapedeck.Containers.Tests.Kit;

/// <summary>Writes streams as an engine would, and reads them back.</summary>
internal static class Recorder
{
    /// <summary>
    /// Adds frames in pieces: the plan of each cut, valid until the next, and how many frames were added by then. The cut sees at most
    /// <paramref name="lookAhead"/> of the frames that follow.
    /// </summary>
    public static IEnumerable<(DiskPlan Plan, int End)> Cuts(IContainerWriter writer, List<MediaFrame> frames, int perFragment, int lookAhead = int.MaxValue)
    {
        var plan = new DiskPlan();
        for (var at = 0; at < frames.Count; at += perFragment)
        {
            var end = Math.Min(at + perFragment, frames.Count);
            for (var i = at; i < end; i++)
                writer.Add(frames[i]);
            plan.Clear();
            writer.CutFragment(plan, CollectionsMarshal.AsSpan(frames).Slice(end, Math.Min(lookAhead, frames.Count - end)));
            yield return (plan, end);
        }
    }

    /// <summary>Adds frames in pieces and carries each plan out; <paramref name="afterCut"/> sees how many frames are committed.</summary>
    public static void Write(
        IContainerWriter writer, DiskImage image, List<MediaFrame> frames, int perFragment, int lookAhead = int.MaxValue, Action<int>? afterCut = null, bool finish = true)
    {
        foreach (var (cut, end) in Cuts(writer, frames, perFragment, lookAhead))
            CarryOut(cut, end);
        if (!finish)
            return;
        var plan = new DiskPlan();
        writer.Finish(plan);
        CarryOut(plan, frames.Count);

        void CarryOut(DiskPlan plan, int committed)
        {
            image.Apply(plan);
            image.Bytes.Length.ShouldBe((int)writer.Length);
            afterCut?.Invoke(committed);
        }
    }

    /// <summary>All frames of a file, with payloads of their own.</summary>
    public static List<MediaFrame> Read(Stream file)
    {
        using var reader = ContainerFile.Open(file);
        return Read(reader);
    }

    public static List<MediaFrame> Read(IContainerReader reader)
    {
        var frames = new List<MediaFrame>();
        while (reader.TryRead(out var frame))
            frames.Add(frame with { Payload = frame.Payload.ToArray() });
        return frames;
    }
}
