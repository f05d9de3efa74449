using Tapedeck.Host.Commands;

namespace Tapedeck.Host.Tests.Commands;

public sealed class BenchCommandTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("tapedeck-bench").FullName;

    [Theory]
    [InlineData("release/bench", "release")]
    [InlineData("bin/LoadBench/release", "bin/Host/release/")]
    public void The_load_tool_is_found_in_a_release_and_in_a_build(string tool, string host)
    {
        Directory.CreateDirectory(Path.Combine(_root, host));
        var expected = Path.Combine(Directory.CreateDirectory(Path.Combine(_root, tool)).FullName, "Tapedeck.LoadBench");
        File.WriteAllText(expected, "");
        BenchCommand.Find(Path.Combine(_root, host)).ShouldBe(expected);
    }

    [Fact]
    public void Without_it_both_places_are_named_and_what_to_do() =>
        Should.Throw<FileNotFoundException>(() => BenchCommand.Find(Path.Combine(_root, "bin/Host/release"))).Message.ShouldSatisfyAllConditions(
            m => m.ShouldContain(Path.Combine(_root, "bin/Host/release/bench/Tapedeck.LoadBench")),
            m => m.ShouldContain(Path.Combine(_root, "bin/LoadBench/release/Tapedeck.LoadBench")),
            m => m.ShouldContain("./build.sh"));

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
