using Tapedeck.Host.Commands;

namespace Tapedeck.Host.Tests.Commands;

public sealed class ProgressBarTests
{
    private readonly ManualTime _time = new();
    private readonly StringWriter _terminal = new();

    [Fact]
    public void Short_work_draws_nothing()
    {
        var bar = Bar(1000, 2);
        bar.Reach(500);
        bar.FileDone(500);
        bar.Clear();
        _terminal.ToString().ShouldBeEmpty();
    }

    [Fact]
    public void It_tells_part_bytes_files_rate_and_what_is_left()
    {
        var bar = Bar(4 << 20, 4);
        _time.Advance(TimeSpan.FromSeconds(1));
        bar.FileDone(1 << 20);
        _terminal.ToString().ShouldBe($"\rReading [{new string('#', 7)}{new string('.', 23)}] 25%  1.0 MiB of 4.0 MiB  1 of 4 files  1.0 MiB/s  0:03 left");
    }

    [Fact]
    public void Files_count_where_no_bytes_are_read()
    {
        var bar = Bar(0, 10);
        _time.Advance(TimeSpan.FromSeconds(1));
        bar.FileDone(1 << 20);
        _terminal.ToString().ShouldContain("] 10%  1 of 10 files  0:09 left");
    }

    [Fact]
    public void It_is_drawn_a_few_times_a_second_and_never_goes_back()
    {
        var bar = Bar(1000, 1);
        _time.Advance(TimeSpan.FromSeconds(1));
        for (var i = 1; i <= 100; i++)
        {
            bar.Reach(i);
            bar.Reach(1);
        }

        _terminal.ToString().Count(c => c == '\r').ShouldBe(1);
        _time.Advance(TimeSpan.FromSeconds(1));
        bar.Reach(100);
        bar.Reach(200);
        _terminal.ToString().Count(c => c == '\r').ShouldBe(2);
        _terminal.ToString().ShouldContain("20%");
    }

    [Theory]
    [InlineData(120, "Checking [#######.......................] 25%  1.0 GiB of 4.0 GiB  10 of 40 files  102 MiB/s  0:30 left")]
    [InlineData(85, "Checking [##.........] 25%  1.0 GiB of 4.0 GiB  10 of 40 files  102 MiB/s  0:30 left")]
    [InlineData(80, "Checking [####.............] 25%  1.0 GiB of 4.0 GiB  10 of 40 files  0:30 left")]
    [InlineData(60, "Checking [###..........] 25%  1.0 GiB of 4.0 GiB  0:30 left")]
    [InlineData(40, "Checking [###..........] 25%  0:30 left")]
    public void A_narrow_terminal_still_tells_what_is_left(int columns, string expected)
    {
        var bar = new ProgressBar("Checking", 4L << 30, 40, columns, _terminal, _time);
        for (var i = 0; i < 10; i++)
            bar.FileDone((1L << 30) / 10);
        _time.Advance(TimeSpan.FromSeconds(10));
        bar.Reach(4);
        _terminal.ToString().ShouldBe("\r" + expected);
    }

    [Fact]
    public void It_fits_into_the_line_and_goes_away_without_a_trace()
    {
        var bar = new ProgressBar("Reading", 1000, 1, 20, _terminal, _time);
        _time.Advance(TimeSpan.FromSeconds(1));
        bar.Reach(10);
        bar.Clear();
        bar.Clear();
        _terminal.ToString().ShouldBe($"\rReading [..........\r{new string(' ', 19)}\r");
    }

    private ProgressBar Bar(long bytes, long files) => new("Reading", bytes, files, 200, _terminal, _time);
}
