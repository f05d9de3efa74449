using Tapedeck.Containers.Mp4;

namespace Tapedeck.Containers.Tests.Mp4;

public sealed class Mp4ReaderFuzzTests
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
        using (var writer = new Mp4Writer())
            Recorder.Write(writer, image, frames, 30, 5, finish: seed % 2 == 0);
        var original = image.Bytes;
        var interesting = Headers(original);
        var (read, refused) = (0, 0);
        var before = GC.GetAllocatedBytesForCurrentThread();
        const int Rounds = 1500;
        for (var round = 0; round < Rounds; round++)
        {
            var bytes = (byte[])original.Clone();
            for (var i = random.Next(1, 6); i > 0; i--)
            {
                var at = random.Next(4) == 0 ? random.Next(bytes.Length) : Math.Min(bytes.Length - 1, interesting[random.Next(interesting.Count)] + random.Next(-4, 32));
                bytes[Math.Max(0, at)] = random.Next(4) switch { 0 => 0, 1 => 255, 2 => (byte)(1 << random.Next(8)), _ => (byte)random.Next(256) };
            }

            if (random.Next(5) == 0)
                Array.Resize(ref bytes, random.Next(bytes.Length));
            try
            {
                using var reader = Mp4Reader.Open(new MemoryStream(bytes));
                _ = reader.Duration;
                for (var i = 0; i < 2000 && reader.TryRead(out var frame); i++)
                    frame.Payload.Length.ShouldBeLessThanOrEqualTo(bytes.Length);
                read++;
            }
            catch (ContainerFormatException)
            {
                refused++;
            }
            try
            {
                Mp4Writer.Continue(new MemoryStream(bytes), new Mp4WriterOptions(), new DiskPlan()).Dispose();
            }
            catch (ContainerFormatException)
            {
            }
        }

        read.ShouldBeGreaterThan(0);
        refused.ShouldBeGreaterThan(0);
        ((GC.GetAllocatedBytesForCurrentThread() - before) / Rounds).ShouldBeLessThan(40L * original.Length + 500_000);
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
