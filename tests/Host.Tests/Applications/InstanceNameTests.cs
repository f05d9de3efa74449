using Tapedeck.Host.Applications;

namespace Tapedeck.Host.Tests.Applications;

public sealed class InstanceNameTests
{
    [Theory]
    [InlineData(null, "_definst_")]
    [InlineData("", "_definst_")]
    [InlineData("room-1.A_b", "room-1.A_b")]
    [InlineData("...", "...")]
    public void Instance_names(string? sent, string expected)
    {
        InstanceName.TryParse(sent, out var name, out _).ShouldBeTrue();
        name.ShouldBe(expected);
    }

    [Theory]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData("a b")]
    [InlineData("ä")]
    [InlineData("a\0")]
    [InlineData("a\r\nforged")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123x")]
    public void Instance_names_that_are_refused(string sent)
    {
        InstanceName.TryParse(sent, out _, out var reason).ShouldBeFalse();
        reason.ShouldContain("cannot be used");
        reason.ShouldNotContain("\n");
    }
}
