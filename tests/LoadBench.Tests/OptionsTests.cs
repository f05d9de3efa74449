namespace Tapedeck.LoadBench.Tests;

public sealed class OptionsTests
{
    [Fact]
    public void A_scenario_and_its_options_are_read()
    {
        var options = Parse("soak --minutes 5 --publishers 20 --quick").Options.ShouldNotBeNull();
        options.Scenario.ShouldBe("soak");
        options.Minutes.ShouldBe(5);
        options.Publishers.ShouldBe(20);
        options.Quick.ShouldBeTrue();
        options.Seconds.ShouldBeNull();
    }

    [Fact]
    public void Without_a_scenario_it_is_one_load_as_the_options_say() =>
        Parse("--servers mp4,flv --flat 64").Options.ShouldNotBeNull().ShouldSatisfyAllConditions(
            o => o.Scenario.ShouldBeNull(),
            o => o.Servers.ShouldBe(["mp4", "flv"]),
            o => o.Flat.ShouldBe(64L << 20));

    [Theory]
    [InlineData("realtime300", "There is no scenario 'realtime300'.")]
    [InlineData("--publisher 3", "There is no option '--publisher'.")]
    [InlineData("flat --runs", "--runs wants a value: --runs N.")]
    [InlineData("flat --runs many", "--runs 'many': not a whole number from 1 to 100.")]
    [InlineData("flat --runs 0", "--runs '0': not a whole number from 1 to 100.")]
    [InlineData("--servers mp4,mp3", "--servers 'mp4,mp3': there is no server 'mp3'; there are mp4, fmp4, flv, ts, mkv, nginx, sink.")]
    [InlineData("all --document nowhere.md", "--document 'nowhere.md': there is no such file; docs/performance.md has the places for the tables.")]
    public void What_is_not_understood_is_named_with_what_would_be(string line, string complaint)
    {
        var (options, said) = Parse(line);
        options.ShouldBeNull();
        said.ShouldStartWith(complaint);
    }

    [Theory]
    [InlineData("help")]
    [InlineData("--help")]
    public void Help_lists_every_scenario_and_option(string word)
    {
        var said = Parse(word).Said;
        foreach (var name in Scenario.All.Select(s => s.Name).Concat(["--minutes", "--document", "--host"]))
            said.ShouldContain(name);
    }

    private static (Options? Options, string Said) Parse(string line)
    {
        using var complaints = new StringWriter();
        return (Options.Parse(line.Split(' '), complaints), complaints.ToString());
    }
}
