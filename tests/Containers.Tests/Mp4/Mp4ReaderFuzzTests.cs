using Tapedeck.Containers.Mp4;

namespace Tapedeck.Containers.Tests.Mp4;

public sealed class Mp4ReaderFuzzTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 8)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Mutated_files_never_do_worse_than_a_format_error(int seed)
    {
        var random = new Random(seed);
        var image = new DiskImage();
        using (var writer = new Mp4Writer())
            Recorder.Write(writer, image, Fuzz.Stream(random, seed), 30, 5, finish: seed % 2 == 0);
        Fuzz.Mutate(
            image.Bytes, Headers(image.Bytes), (-4, 32), random, Mp4Reader.Open,
            file => Mp4Writer.Continue(file, new Mp4WriterOptions(), new DiskPlan()).Dispose());
    }

    /// <summary>Places where box types of ours stand: mutations there reach deeper than in payload.</summary>
    private static List<int> Headers(byte[] bytes)
    {
        string[] types = ["moov", "trak", "stbl", "stsd", "stts", "ctts", "stsc", "stsz", "stco", "moof", "traf", "tfhd", "tfdt", "trun", "mvex", "mdhd", "elst", "esds", "mdat", "free"];
        var found = new List<int>();
        foreach (var type in types)
        {
            var pattern = System.Text.Encoding.ASCII.GetBytes(type);
            for (var at = bytes.AsSpan().IndexOf(pattern); at >= 0;)
            {
                found.Add(at);
                var next = bytes.AsSpan(at + 4).IndexOf(pattern);
                at = next < 0 ? -1 : at + 4 + next;
            }
        }

        return found;
    }
}
