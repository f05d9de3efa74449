using System.Text;
using Tapedeck.Host.Settings;

namespace Tapedeck.Host.Tests.Settings;

public sealed class YamlTreeTests
{
    private static string Refusal(string text) =>
        Should.Throw<ConfigurationException>(() => YamlTree.Parse("f.yaml", text)).Errors.ShouldHaveSingleItem().ToString();

    [Fact]
    public void Values_know_where_they_stand()
    {
        var map = YamlTree.Parse("f.yaml", "a: 1\nb:\n  - x\n  - 'y'\n");
        map.Entries.Select(e => e.Key).ShouldBe(["a", "b"]);
        var list = map.Entries[1].Value.ShouldBeOfType<YamlList>();
        list.Items[1].ShouldBe(new YamlScalar("y", false, new SourceLocation("f.yaml", 4, 5)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("# only words\n")]
    [InlineData("---\n")]
    [InlineData("~")]
    public void Nothing_is_no_settings(string text) => YamlTree.Parse("f.yaml", text).Entries.ShouldBeEmpty();

    [Fact]
    public void Aliases_are_refused() =>
        Refusal("a: &x 1\nb: *x").ShouldBe("f.yaml:2:4: the alias '*x' is not allowed; write the value out");

    [Fact]
    public void An_alias_bomb_is_refused_before_it_grows()
    {
        var bomb = new StringBuilder("a0: &a0 [x, x]\n");
        for (var i = 1; i < 40; i++) bomb.Append($"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n");
        Refusal(bomb.ToString()).ShouldStartWith("f.yaml:2:10: the alias");
    }

    [Theory]
    [InlineData("a: !!str 1")]
    [InlineData("a: !System.Diagnostics.Process {}")]
    [InlineData("!!map {a: 1}")]
    [InlineData("a: ! x")]
    public void Tags_are_refused(string text) => Refusal(text).ShouldContain("tags (!…) are not allowed");

    [Fact]
    public void Depth_is_limited()
    {
        var deep = string.Concat(Enumerable.Repeat("[", YamlTree.MaximumDepth - 1)) + string.Concat(Enumerable.Repeat("]", YamlTree.MaximumDepth - 1));
        YamlTree.Parse("f.yaml", "a: " + deep);
        Refusal("a: [" + deep + "]").ShouldContain("nested deeper than 64 levels");
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{a: ")]
    [InlineData("- ")]
    [InlineData("? ")]
    public void A_hundred_thousand_levels_do_not_overflow_the_stack(string level) =>
        Refusal(string.Concat(Enumerable.Repeat(level, 100_000))).ShouldStartWith("f.yaml");

    [Fact]
    public void Size_is_limited()
    {
        using var folder = new TempFolder();
        var path = folder.Write("big.yaml", "a: " + new string('x', YamlTree.MaximumBytes));
        Should.Throw<ConfigurationException>(() => YamlTree.Load(path)).Message.ShouldContain("larger than 256 KiB");
    }

    [Fact]
    public void Text_must_be_utf8()
    {
        using var folder = new TempFolder();
        var path = folder.Write("x.yaml", "");
        File.WriteAllBytes(path, [.. "a: "u8, 0xff, 0xfe]);
        Should.Throw<ConfigurationException>(() => YamlTree.Load(path)).Message.ShouldContain("not UTF-8");
        File.WriteAllBytes(path, [0xef, 0xbb, 0xbf, .. "a: ü"u8]);
        YamlTree.Load(path).Entries.Single().Key.ShouldBe("a");
    }

    [Theory]
    [InlineData("a: 1\n b: 2", "f.yaml:2:")]
    [InlineData("a: [1, 2", "f.yaml:")]
    [InlineData("a:\n  b: 1\n\tc: 2", "f.yaml:2:6: not valid YAML: ")]
    [InlineData("a: \"\\xZZ\"", "f.yaml:1:")]
    [InlineData("a: 1\n---\nb: 2", "f.yaml:2:1: a second document")]
    [InlineData("- a", "f.yaml:1:1: the file must hold settings (name: value), not a list")]
    [InlineData("a: 1\na: 2", "f.yaml:2:1: 'a' stands twice, first in line 1")]
    [InlineData("[a]: 1", "f.yaml:1:1")]
    public void Errors_tell_line_and_column(string text, string start) => Refusal(text).ShouldStartWith(start);

    [Fact]
    public void Whatever_is_fed_the_answer_is_a_tree_or_a_refusal()
    {
        var random = new Random(7);
        const string Letters = "ab: -[]{},&*!|>'\"%@`#\n\t?~\\x0\uFEFF\u0085";
        for (var i = 0; i < 5_000; i++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(60)).Select(_ => Letters[random.Next(Letters.Length)])]);
            try
            {
                YamlTree.Parse("f.yaml", text);
            }
            catch (ConfigurationException e)
            {
                e.Errors.Count.ShouldBe(1);
            }
        }
    }
}
