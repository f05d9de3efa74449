namespace Tapedeck.LoadBench.Tests;

public sealed class CollectorFiguresTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    [Fact]
    public void Only_what_happened_in_the_measured_time_counts()
    {
        // Collections are counted cumulatively by the runtime: of generation 0 or more, 1 or more, 2.
        File.WriteAllLines(_file,
        [
            "gc 500 1 2 99 1000",
            "at 1000 4000 100 99 1 1 1",
            "gc 11000 2 0 2.5 1000",
            "gc 21000 3 1 7.5 1000",
            "at 31000 5000 3100 109 3 2 1",
            "gc 31500 4 2 88 1000",
            "at 32000 5000 3100 197 4 3 2",
        ]);
        var figures = CollectorFigures.Between(ProbeLog.Read(_file), 1500, 30_500).ShouldNotBeNull();
        figures.Generation0.ShouldBe(2); // one in half a minute
        figures.Generation1.ShouldBe(2);
        figures.Generation2InAll.ShouldBe(0);
        figures.PauseShare.ShouldBe(10 / 30_000.0);
        figures.PauseP99.ShouldBe(7.5);
        figures.Allocated.ShouldBe(100);
    }

    [Fact]
    public void A_line_that_is_being_written_is_left_out()
    {
        File.WriteAllText(_file, "at 1000 4000 100 99 1 1 1\nat 2000 40");
        ProbeLog.Read(_file).Moments.Count.ShouldBe(1);
    }

    [Fact]
    public void A_server_without_a_probe_has_no_figures() => CollectorFigures.Between(ProbeLog.Read(_file + ".none"), 0, 1).ShouldBeNull();

    public void Dispose() => File.Delete(_file);
}
