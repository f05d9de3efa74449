using Tapedeck.Containers.Flv;
using Tapedeck.Media;
using static Tapedeck.Containers.Tests.Flv.FlvPackets;

namespace Tapedeck.Containers.Tests.Flv;

public sealed class FlvWriterContinueTests
{
    private static readonly FlvWriterOptions Options = new() { IndexCapacity = 32, IndexInterval = TimeSpan.FromSeconds(1) };

    [Fact]
    public void Finished_file_goes_on_where_it_ended()
    {
        var first = FlvWriterTests.Write(FlvWriterTests.Stream(4), Options);
        var second = Append(first, FlvWriterTests.Stream(3, 123_456), out var plan);
        plan.ShouldBe(0);

        var before = FrameList.Tags(first);
        var after = FrameList.Tags(second);
        after.Skip(1).Take(before.Count - 1).Select(tag => Convert.ToHexString(tag.Body)).ShouldBe(before.Skip(1).Select(tag => Convert.ToHexString(tag.Body)));
        // Sequence headers again, then frames from 4 s on: no gap, no step back.
        after[before.Count].Body.ShouldBe(Video("1700000000", AvcRecord));
        after[before.Count + 1].Body.ShouldBe(Video("AF00", AacRecord));
        after[before.Count].Time.ShouldBeInRange(3990u, 4050u);
        after.Skip(1).Select(tag => tag.Time).ShouldBeInOrder();

        using var reader = FlvReader.Open(new MemoryStream(second));
        reader.IsFinished.ShouldBeTrue();
        reader.Duration.TotalSeconds.ShouldBe(7, 0.1);
        var index = reader.Metadata!.Object!["keyframes"]!;
        index["times"]!.Numbers.Distinct().Count().ShouldBe(7);
        foreach (var position in index["filepositions"]!.Numbers)
            second[(int)position].ShouldBe((byte)9);
    }

    [Fact]
    public void Unfinished_file_gets_its_index_back()
    {
        var first = FlvWriterTests.Write(FlvWriterTests.Stream(4), Options, finish: false);
        var second = Append(first, [], out _);
        using var reader = FlvReader.Open(new MemoryStream(second));
        reader.IsFinished.ShouldBeTrue();
        reader.Metadata!.Object!["keyframes"]!["times"]!.Numbers.Distinct().Count().ShouldBeInRange(3, 4);
        reader.Duration.TotalSeconds.ShouldBe(4, 1.5);
    }

    [Fact]
    public void Torn_and_zeroed_tails_are_cut()
    {
        var whole = FlvWriterTests.Write(FlvWriterTests.Stream(2), Options);
        var wholeTags = FrameList.Tags(whole).Count;
        byte[] torn = whole[..^9];
        byte[] zeroed = [.. whole, .. new byte[5000]];
        byte[] zeroedInside = [.. whole[..^6], .. new byte[4096]];
        foreach (var (bytes, tags) in new[] { (torn, wholeTags - 1), (zeroed, wholeTags), (zeroedInside, wholeTags - 1) })
        {
            var result = Append(bytes, [], out var truncations);
            truncations.ShouldBe(1);
            FrameList.Tags(result).Count.ShouldBe(tags);
            using var reader = FlvReader.Open(new MemoryStream(result));
            reader.IsFinished.ShouldBeTrue();
        }
    }

    [Fact]
    public void Foreign_file_keeps_its_bytes_but_duration_and_size()
    {
        var metadata = Hex("02000A6F6E4D65746144617461 08 00000003" + "0008 66696C6573697A65 00 0000000000000000" + "0001 78 02 0001 79" + "0008 6475726174696F6E 00 0000000000000000"
            + "000009");
        var foreign = FlvPackets.File((FlvTagType.Script, 0, metadata), (FlvTagType.Audio, 100, Hex("72D5")), (FlvTagType.Audio, 120, Hex("72D5")));
        var result = Append(foreign, FlvWriterTests.Stream(1), out _);
        var tags = FrameList.Tags(result);
        var properties = ScriptData.Read(tags[0].Body).Object!;
        properties["duration"]!.Number.ShouldBe(1.04, 0.1);
        properties["filesize"]!.Number.ShouldBe(result.Length);
        properties["x"]!.Text.ShouldBe("y");
        tags[3].Time.ShouldBe(140u);
        result[4].ShouldBe((byte)5);

        var without = FlvPackets.File((FlvTagType.Audio, 100, Hex("72D5")));
        result = Append(without, FlvWriterTests.Stream(1), out _);
        result.Take(without.Length).ShouldBe(without);
    }

    [Fact]
    public void Foreign_file_without_back_pointers_is_not_cut_to_pieces()
    {
        var foreign = FlvPackets.File((FlvTagType.Audio, 0, Hex("72D5")), (FlvTagType.Audio, 20, Hex("72D5")));
        foreign.AsSpan(26, 4).Clear();
        foreign.AsSpan(43, 4).Clear();
        Append(foreign, [], out var truncations);
        truncations.ShouldBe(0);
    }

    [Fact]
    public void File_that_stops_in_its_first_tag_is_begun_again()
    {
        var whole = FlvWriterTests.Write(FlvWriterTests.Stream(1), Options);
        foreach (var length in new[] { 0, 3, 9, 13, 20, 100 })
        {
            var result = Append(whole[..length], FlvWriterTests.Stream(1), out _);
            FrameList.Tags(result).Count.ShouldBe(FrameList.Tags(whole).Count);
        }
    }

    [Theory]
    [InlineData("00")]
    [InlineData("46415600")]
    [InlineData("464C5602010000000900000000")]
    [InlineData("464C5601010000000400000000")]
    [InlineData("464C56010100000009000000004200000000000000000000AABB")]
    public void What_is_no_flv_is_refused(string hex)
    {
        Should.Throw<ContainerFormatException>(() => FlvWriter.Continue(new MemoryStream(Hex(hex)), Options, new DiskPlan()));
    }

    private static byte[] Append(byte[] bytes, IEnumerable<MediaFrame> frames, out int truncations)
    {
        var plan = new DiskPlan();
        var file = new PlanFile((byte[])bytes.Clone());
        var writer = FlvWriter.Continue(new MemoryStream(bytes, false), Options, plan);
        truncations = plan.Operations.Count(operation => operation.Kind == DiskOperationKind.Truncate);
        file.Run(plan);
        return FlvWriterTests.Write(writer, file, frames);
    }
}
