using Tapedeck.Containers.Tests.Mp4;
using Tapedeck.Containers.WebM;

namespace Tapedeck.Containers.Tests.WebM;

public sealed class MatroskaReaderFuzzTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 8)];

    /// <summary>Whatever the bytes: frames, an end, or the one exception; and no memory that the file did not pay for.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void Mutated_files_never_do_worse_than_a_format_error(int seed)
    {
        var random = new Random(seed);
        var frames = Shapes.Interleave(
            Shapes.VideoFrames(Shapes.AllVideo.ElementAt(seed % 5), random, 0, 30, seed % 3),
            Shapes.AudioFrames(Shapes.AllAudio.Append(Shapes.G711).ElementAt(seed), random, 0, 40));
        var image = new DiskImage();
        using (var writer = new MatroskaWriter(WebMFiles.Matroska))
            WebMFiles.Write(writer, image, frames, 30, finish: seed % 2 == 0);
        var original = seed % 4 < 2 ? image.Bytes : LacedFiles.Make(random);
        var interesting = Headers(original);
        var (read, refused) = (0, 0);
        var before = GC.GetAllocatedBytesForCurrentThread();
        const int Rounds = 1500;
        for (var round = 0; round < Rounds; round++)
        {
            var bytes = (byte[])original.Clone();
            for (var i = random.Next(1, 6); i > 0; i--)
            {
                var at = random.Next(4) == 0 ? random.Next(bytes.Length) : Math.Min(bytes.Length - 1, interesting[random.Next(interesting.Count)] + random.Next(0, 16));
                bytes[at] = random.Next(4) switch { 0 => 0, 1 => 255, 2 => (byte)(1 << random.Next(8)), _ => (byte)random.Next(256) };
            }

            if (random.Next(5) == 0)
                Array.Resize(ref bytes, random.Next(bytes.Length));
            try
            {
                using var reader = MatroskaReader.Open(new MemoryStream(bytes));
                _ = reader.Duration;
                for (var i = 0; i < 2000 && reader.TryRead(out var frame); i++)
                    frame.Payload.Length.ShouldBeLessThanOrEqualTo(bytes.Length * 2);
                read++;
            }
            catch (ContainerFormatException)
            {
                refused++;
            }

            try
            {
                MatroskaWriter.Continue(new MemoryStream(bytes), new MatroskaWriterOptions(), new DiskPlan()).Dispose();
            }
            catch (ContainerFormatException)
            {
            }
        }

        read.ShouldBeGreaterThan(0);
        refused.ShouldBeGreaterThan(0);
        ((GC.GetAllocatedBytesForCurrentThread() - before) / Rounds).ShouldBeLessThan(40L * original.Length + 500_000);
    }

    /// <summary>Headers of all elements: mutations there reach deeper than in payload.</summary>
    private static List<int> Headers(byte[] bytes)
    {
        var found = new List<int>();
        Collect(0, bytes.Length);
        return found;

        void Collect(int from, int to)
        {
            foreach (var element in EbmlTree.Walk(bytes, from, to))
            {
                found.Add(element.Offset);
                if (element.Id is 0x1A45DFA3 or 0x18538067 or 0x1549A966 or 0x1654AE6B or 0xAE or 0xE0 or 0xE1 or 0x1F43B675 or 0xA0 or 0x1C53BB6B or 0xBB or 0x114D9B74)
                    Collect(element.Body, Math.Min(to, element.End));
            }
        }
    }
}
