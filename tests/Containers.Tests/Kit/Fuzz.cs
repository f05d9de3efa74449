using Tapedeck.Media;

namespace Tapedeck.Containers.Tests.Kit;

/// <summary>Readers and writers before files in which bytes were changed.</summary>
internal static class Fuzz
{
    private const int Rounds = 1500;

    /// <summary>A short stream; seeds 0 to 7 bring every codec.</summary>
    public static List<MediaFrame> Stream(Random random, int seed) => Shapes.Interleave(
        Shapes.VideoFrames(Shapes.AllVideo.ElementAt(seed % 5), random, 0, 30, seed % 3),
        Shapes.AudioFrames(Shapes.AllAudio.Append(Shapes.G711).ElementAt(seed), random, 0, 40));

    /// <summary>Whatever the bytes: frames, an end, or the one exception; and no memory that the file did not pay for.</summary>
    /// <param name="original">A file without a fault.</param>
    /// <param name="headers">Where its headers are: three of four changes are made near one, as they reach deeper there than in payload.</param>
    /// <param name="near">What is near a header: the first byte, and the one behind the last.</param>
    /// <param name="random">Decides what is changed.</param>
    /// <param name="open">Opens the reader.</param>
    /// <param name="resume">Goes on with the file, as a writer does.</param>
    /// <param name="growth">How many times the length of the file a frame may have.</param>
    public static void Mutate(
        byte[] original, List<int> headers, (int First, int End) near, Random random, Func<Stream, IContainerReader> open, Action<Stream> resume, int growth = 1)
    {
        var (read, refused) = (0, 0);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < Rounds; round++)
        {
            var bytes = (byte[])original.Clone();
            for (var i = random.Next(1, 6); i > 0; i--)
            {
                var at = random.Next(4) == 0 ? random.Next(bytes.Length) : Math.Min(bytes.Length - 1, headers[random.Next(headers.Count)] + random.Next(near.First, near.End));
                bytes[Math.Max(0, at)] = random.Next(4) switch { 0 => 0, 1 => 255, 2 => (byte)(1 << random.Next(8)), _ => (byte)random.Next(256) };
            }

            if (random.Next(5) == 0)
                Array.Resize(ref bytes, random.Next(bytes.Length));
            try
            {
                using var reader = open(new MemoryStream(bytes));
                _ = reader.Duration;
                for (var i = 0; i < 2000 && reader.TryRead(out var frame); i++)
                    frame.Payload.Length.ShouldBeLessThanOrEqualTo(bytes.Length * growth);
                read++;
            }
            catch (ContainerFormatException)
            {
                refused++;
            }

            try
            {
                resume(new MemoryStream(bytes));
            }
            catch (ContainerFormatException)
            {
            }
        }

        read.ShouldBeGreaterThan(0);
        refused.ShouldBeGreaterThan(0);
        ((GC.GetAllocatedBytesForCurrentThread() - before) / Rounds).ShouldBeLessThan(40L * original.Length + 500_000);
    }
}
