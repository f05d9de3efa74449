using System.Text;

namespace Tapedeck.S3Upload.Tests;

public sealed class ObjectNameTests
{
    [Theory]
    [InlineData("a/b.mp4", "a/b.mp4")]
    [InlineData("/a//b.mp4", "a/b.mp4")]
    [InlineData("a/../b", "a/%2E%2E/b")]
    [InlineData("./b", "%2E/b")]
    [InlineData("a\\b\u0001", "a%5Cb%01")]
    [InlineData("ü 1.mp4", "ü 1.mp4")]
    public void Names_lead_nowhere_else(string name, string clean) => ObjectName.Clean(name).ShouldBe(clean);

    [Theory]
    [InlineData("cam_7.mp4", "cam.mp4")]
    [InlineData("a_1/cam.mp4", "a_1/cam.mp4")]
    [InlineData("cam7.mp4", "cam7.mp4")]
    [InlineData("_7.mp4", "_7.mp4")]
    [InlineData("cam_7", "cam")]
    public void A_recorders_number_comes_off(string name, string stripped) => ObjectName.WithoutNumber(name).ShouldBe(stripped);

    [Fact]
    public void What_is_too_long_is_shortened_and_stays_its_own()
    {
        var first = ObjectName.Clean(new string('ü', 200) + "1.mp4");
        var second = ObjectName.Clean(new string('ü', 200) + "2.mp4");
        Encoding.UTF8.GetByteCount(first).ShouldBeLessThanOrEqualTo(240);
        first.ShouldEndWith(".mp4");
        first.ShouldNotBe(second);
        var deep = ObjectName.Clean(string.Join('/', Enumerable.Repeat(new string('a', 100), 20)) + ".mp4");
        Encoding.UTF8.GetByteCount(ObjectName.Numbered(deep, int.MaxValue)).ShouldBeLessThanOrEqualTo(1024);
    }

    [Fact]
    public void Two_texts_never_become_one()
    {
        ObjectName.Escape("a/b%2F", false).ShouldBe("a%2Fb%252F");
        ObjectName.Escape("a b", true).ShouldNotBe(ObjectName.Escape("a%20b", true));
    }
}
