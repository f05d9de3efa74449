using Tapedeck.Streams;

namespace Tapedeck.Engine.Tests;

internal static class ReaderExtensions
{
    /// <summary>Positions of everything that can be read now; each frame's bytes are checked on the way.</summary>
    public static List<long> Drain(this IStreamReader reader, int maximumFrames = 256)
    {
        var positions = new List<long>();
        while (reader.TryRead(maximumFrames))
        {
            reader.CheckFrames();
            foreach (var frame in reader.Frames.Span)
                positions.Add(frame.Position);
            reader.Advance(reader.Frames.Length);
        }

        return positions;
    }

    public static void CheckFrames(this IStreamReader reader)
    {
        foreach (var frame in reader.Frames.Span)
        {
            if (!Pattern.Holds(frame.Payload.Span, frame.Position))
                throw new InvalidDataException($"The memory of frame {frame.Position} holds {Pattern.Number(frame.Payload.Span)} or is torn.");
        }
    }

    public static List<long> Range(long from, long to)
    {
        var positions = new List<long>();
        for (var p = from; p < to; p++)
            positions.Add(p);
        return positions;
    }
}
