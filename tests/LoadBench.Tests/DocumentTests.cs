namespace Tapedeck.LoadBench.Tests;

public sealed class DocumentTests
{
    private static readonly string[] Order = ["first", "second"];

    private const string Empty = """
        # Title

        <!-- bench:goals -->
        <!-- /bench -->

        Why the first is as it is.

        <!-- bench:first -->
        old table
        <!-- /bench -->

        Prose.

        <!-- bench:second -->
        <!-- /bench -->

        The end.

        """;

    [Fact]
    public void Only_the_scenarios_own_place_and_goals_change()
    {
        var text = Document.Update(Empty, new Section("first", "| new |", [Goal.AtMost("load", "at most 2", 1, 2)]), Order);
        text.ShouldContain("<!-- bench:first -->\n\n| new |\n\n<!-- /bench -->");
        text.ShouldNotContain("old table");
        text.ShouldContain("| first | load | at most 2 | 1.00 × | yes |");
        foreach (var prose in new[] { "# Title", "Why the first is as it is.", "Prose.", "The end." })
            text.ShouldContain(prose);
    }

    [Fact]
    public void Goals_of_others_stay_and_keep_their_order()
    {
        var second = Document.Update(Empty, new Section("second", "b", [Goal.AtMost("load", "b", 3, 2)]), Order);
        var both = Document.Update(second, new Section("first", "a", [Goal.AtLeast("load", "a", 3, 2)]), Order);
        both.IndexOf("| first | load | a | 3.00 × | yes |", StringComparison.Ordinal).ShouldBeInRange(0, both.IndexOf("| second | load | b | 3.00 × | **no** |", StringComparison.Ordinal));
        Document.Update(both, new Section("first", "a", []), Order).ShouldNotContain("| first |");
    }

    [Fact]
    public void The_same_section_again_changes_nothing()
    {
        var section = new Section("first", "| new |", [Goal.AtMost("load", "at most 2", double.NaN, 2, missing: "nginx-rtmp is not installed")]);
        var once = Document.Update(Empty, section, Order);
        Document.Update(once, section, Order).ShouldBe(once);
        once.ShouldContain("| first | load | at most 2 | nginx-rtmp is not installed | – |");
    }

    [Fact]
    public void A_document_without_a_place_says_what_to_put_where() =>
        Should.Throw<InvalidOperationException>(() => Document.Update(Empty, new Section("third", "", []), Order)).Message.ShouldContain("<!-- bench:third -->");

    [Fact]
    public void The_repositorys_document_has_a_place_for_every_scenario()
    {
        var text = File.ReadAllText(Repository.File("docs/performance.md"));
        foreach (var scenario in Scenario.All)
            Should.NotThrow(() => Document.Update(text, new Section(scenario.Name, "", []), Order), scenario.Name);
    }
}
