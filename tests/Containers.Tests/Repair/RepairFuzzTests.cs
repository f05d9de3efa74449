using Tapedeck.Containers.Mp4;
using Tapedeck.Containers.Repair;

namespace Tapedeck.Containers.Tests.Repair;

/// <summary>Whatever a file holds: an analysis ends with a plan, a check with findings, and what a plan made has nothing more to do.</summary>
public sealed class RepairFuzzTests
{
    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    public void Mutated_files_never_throw(int seed, bool finish)
    {
        var random = new Random(seed);
        var frames = Shapes.Interleave(Shapes.VideoFrames(Shapes.Vp9, random, 0, 40, 0), Shapes.AudioFrames(Shapes.Opus, random, 0, 70));
        var image = new DiskImage();
        using (var writer = new Mp4Writer())
            Recorder.Write(writer, image, frames, 20, 10, finish: finish);
        var original = image.Bytes;
        var restless = 0;
        for (var round = 0; round < 400; round++)
        {
            var bytes = (byte[])original.Clone();
            for (var i = random.Next(1, 4); i > 0; i--)
                bytes[random.Next(3) == 0 ? random.Next(bytes.Length) : random.Next(Math.Min(1600, bytes.Length))] = (byte)random.Next(256);
            if (random.Next(3) == 0)
                Array.Resize(ref bytes, random.Next(bytes.Length));
            ContainerCheck.Validate(new MemoryStream(bytes)).ShouldNotBeNull();
            var mended = new DiskImage(bytes);
            using (var plan = ContainerRepair.Analyse(new MemoryStream(bytes)))
                mended.Apply(plan.Disk);
            using var again = ContainerRepair.Analyse(mended.Open());
            if (again.HasWork)
                restless++;
        }

        restless.ShouldBe(0);
    }
}
