using Tapedeck.Containers.WebM;

namespace Tapedeck.Containers.Tests.WebM;

public sealed class MatroskaReaderFuzzTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 8)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Mutated_files_never_do_worse_than_a_format_error(int seed)
    {
        var random = new Random(seed);
        var image = new DiskImage();
        using (var writer = new MatroskaWriter(WebMFiles.Matroska))
            Recorder.Write(writer, image, Fuzz.Stream(random, seed), 30, finish: seed % 2 == 0);
        var original = seed % 4 < 2 ? image.Bytes : LacedFiles.Make(random);
        Fuzz.Mutate(
            original, Headers(original), (0, 16), random, MatroskaReader.Open,
            file => MatroskaWriter.Continue(file, new MatroskaWriterOptions(), new DiskPlan()).Dispose(), growth: 2);
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
