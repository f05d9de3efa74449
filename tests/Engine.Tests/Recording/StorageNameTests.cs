using System.Text;
using Tapedeck.Engine.Recording;

namespace Tapedeck.Engine.Tests.Recording;

public sealed class StorageNameTests
{
    private const string Root = "/data/rec";

    [Theory]
    [InlineData("cam", "cam.mp4")]
    [InlineData("Cam_1-a.b", "Cam_1-a.b.mp4")]
    [InlineData("a/b/c", "a/b/c.mp4")]
    [InlineData("cam.mp4", "cam.mp4")]
    [InlineData("cam.MP4", "cam.mp4")]
    [InlineData("cam.flv", "cam.flv.mp4")]
    [InlineData("..", "%2E%2E.mp4")]
    [InlineData(".", "%2E.mp4")]
    [InlineData("../../etc/passwd", "%2E%2E/%2E%2E/etc/passwd.mp4")]
    [InlineData("a/../b", "a/%2E%2E/b.mp4")]
    [InlineData("...", "%2E.%2E.mp4")]
    [InlineData(".hidden", "%2Ehidden.mp4")]
    [InlineData("trailing.", "trailing%2E.mp4")]
    [InlineData("folder./x", "folder%2E/x.mp4")]
    [InlineData(".mp4", "%2Emp4.mp4")]
    [InlineData("..mp4", "%2E.mp4")]
    [InlineData("C:\\x", "C%3A%5Cx.mp4")]
    [InlineData("..\\..\\x", "%2E.%5C..%5Cx.mp4")]
    [InlineData("a:stream", "a%3Astream.mp4")]
    [InlineData("%2e%2e", "%252e%252e.mp4")]
    [InlineData("a%00b", "a%2500b.mp4")]
    [InlineData("a~b", "a%7Eb.mp4")]
    [InlineData("~", "%7E.mp4")]
    [InlineData("a b*?\"<>|$`;&'", "a%20b%2A%3F%22%3C%3E%7C%24%60%3B%26%27.mp4")]
    [InlineData("-rf", "-rf.mp4")]
    [InlineData("é", "%C3%A9.mp4")]
    [InlineData("e\u0301", "e%CC%81.mp4")]
    [InlineData("日", "%E6%97%A5.mp4")]
    [InlineData("😀", "%F0%9F%98%80.mp4")]
    [InlineData("a\u202Egpj", "a%E2%80%AEgpj.mp4")]
    [InlineData("\uFF0E\uFF0E", "%EF%BC%8E%EF%BC%8E.mp4")]
    [InlineData("\uFF0F", "%EF%BC%8F.mp4")]
    [InlineData("\u2025", "%E2%80%A5.mp4")]
    [InlineData("con", "%63on.mp4")]
    [InlineData("CON", "%43ON.mp4")]
    [InlineData("nul.txt", "%6Eul.txt.mp4")]
    [InlineData("nul.mp4", "%6Eul.mp4")]
    [InlineData("COM1/x", "%43OM1/x.mp4")]
    [InlineData("lpt9.a.b", "%6Cpt9.a.b.mp4")]
    [InlineData("CONIN$", "%43ONIN%24.mp4")]
    [InlineData("COM10", "COM10.mp4")]
    [InlineData("console", "console.mp4")]
    public void Names_become_paths(string name, string expected)
    {
        StorageName.Refusal(name).ShouldBeNull();
        StorageName.Resolve(Root, name, ".mp4", 0).ShouldBe(Root + "/" + expected);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("/etc/passwd", "'/'")]
    [InlineData("a//b", "'//'")]
    [InlineData("a/", "'/'")]
    [InlineData("/", "'/'")]
    [InlineData("a\0b", "U+0000 at position 2")]
    [InlineData("a\nb", "U+000A")]
    [InlineData("\u001b[2J", "U+001B")]
    [InlineData("a\u007f", "U+007F")]
    [InlineData("a\u0085", "U+0085")]
    [InlineData("a\uFFFD", "UTF-8 at position 2")]
    [InlineData("1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/19/20/21/22/23/24/25/26", "25 folders")]
    public void Names_that_cannot_be_used_are_refused_with_the_reason(string name, string reason)
    {
        StorageName.Refusal(name).ShouldNotBeNull().ShouldContain(reason);
        Should.Throw<ArgumentException>(() => StorageName.Resolve(Root, name, ".mp4", 0));
    }

    /// <summary>As UTF-16 code units: the test runner cannot carry half a pair in a string.</summary>
    [Theory]
    [InlineData(0xD800)]
    [InlineData(0xDC00)]
    [InlineData(0x61, 0xD83D)]
    [InlineData(0xDE00, 0xD83D)]
    [InlineData(0xD83D, 0xD83D, 0xDE00)]
    [InlineData(0xD83D, 0xDE00, 0xDE00)]
    public void Half_a_surrogate_pair_is_refused(params int[] units) =>
        StorageName.Refusal(new string([.. units.Select(u => (char)u)])).ShouldNotBeNull().ShouldContain("UTF-8");

    [Fact]
    public void Length_and_depth_have_limits()
    {
        StorageName.Refusal(new string('a', StorageName.MaximumNameLength)).ShouldBeNull();
        StorageName.Refusal(new string('a', StorageName.MaximumNameLength + 1)).ShouldNotBeNull();
        StorageName.Refusal(string.Join('/', Enumerable.Repeat("a", StorageName.MaximumDepth))).ShouldBeNull();
        StorageName.Refusal(string.Join('/', Enumerable.Repeat("a", StorageName.MaximumDepth + 1))).ShouldNotBeNull();
    }

    [Theory]
    [InlineData(0, "cam.mp4")]
    [InlineData(1, "cam_1.mp4")]
    [InlineData(12345678, "cam_12345678.mp4")]
    public void Versions_stand_before_the_extension(int version, string expected) =>
        StorageName.Resolve(Root, "cam.mp4", ".mp4", version).ShouldBe(Root + "/" + expected);

    [Theory]
    [InlineData("/data/rec/")]
    [InlineData("/data/./rec")]
    [InlineData("/data/x/../rec")]
    public void The_root_may_be_written_in_any_way(string root) =>
        StorageName.Resolve(root, "cam", ".mp4", 0).ShouldBe("/data/rec/cam.mp4");

    [Fact]
    public void The_root_of_the_disk_is_a_root() => StorageName.Resolve("/", "cam", ".mp4", 0).ShouldBe("/cam.mp4");

    [Theory]
    [InlineData("a")]
    [InlineData("é")]
    [InlineData("日")]
    [InlineData("😀")]
    [InlineData("%")]
    [InlineData(".")]
    public void Long_names_are_shortened_to_what_file_systems_take(string unit)
    {
        var seen = new HashSet<string>();
        for (var count = 1; count <= 300; count++)
        {
            var name = string.Concat(Enumerable.Repeat(unit, count));
            foreach (var version in new[] { 0, 1, 9_999_999 })
            {
                var path = StorageName.Resolve(Root, name + "/" + name, ".mp4", version);
                CheckPath(path);
                seen.Add(path).ShouldBeTrue();
            }
        }
    }

    [Fact]
    public void Long_names_that_differ_only_at_the_end_stay_apart()
    {
        var stem = new string('x', 400);
        StorageName.Resolve(Root, stem + "a", ".mp4", 0).ShouldNotBe(StorageName.Resolve(Root, stem + "b", ".mp4", 0));
    }

    [Fact]
    public void A_version_does_not_change_the_stem()
    {
        var name = new string('y', 300);
        var plain = Path.GetFileNameWithoutExtension(StorageName.Resolve(Root, name, ".mp4", 0));
        Path.GetFileNameWithoutExtension(StorageName.Resolve(Root, name, ".mp4", 999)).ShouldBe(plain + "_999");
    }

    [Fact]
    public void Two_names_never_meet_in_one_path()
    {
        var random = new Random(20260102);
        var paths = new Dictionary<string, string>();
        var accepted = 0;
        for (var i = 0; i < 50_000; i++)
        {
            var name = RandomName(random);
            if (StorageName.Refusal(name) is not null)
                continue;
            accepted++;
            var path = StorageName.Resolve(Root, name, ".mp4", 0);
            CheckPath(path);
            if (!paths.TryAdd(path, name))
                WithoutExtension(paths[path]).ShouldBe(WithoutExtension(name), $"'{paths[path]}' and '{name}' meet in {path}");
        }

        accepted.ShouldBeGreaterThan(20_000);
    }

    [Fact]
    public void Names_that_differ_in_case_differ_on_disks_that_know_case() =>
        StorageName.Resolve(Root, "Cam", ".mp4", 0).ShouldNotBe(StorageName.Resolve(Root, "cam", ".mp4", 0));

    private static void CheckPath(string path)
    {
        path.StartsWith(Root + "/", StringComparison.Ordinal).ShouldBeTrue(path);
        foreach (var component in path[(Root.Length + 1)..].Split('/'))
        {
            Encoding.UTF8.GetByteCount(component).ShouldBeInRange(1, StorageName.MaximumComponentBytes);
            component.ShouldAllBe(c => char.IsAsciiLetterOrDigit(c) || c == '.' || c == '_' || c == '-' || c == '%' || c == '~');
            (component[0] == '.' || component[^1] == '.').ShouldBeFalse(component);
        }
    }

    private static string WithoutExtension(string name)
    {
        var file = name[(name.LastIndexOf('/') + 1)..];
        return file.Length > 4 && name.EndsWith(".mp4", StringComparison.OrdinalIgnoreCase) ? name[..^4] : name;
    }

    private static string RandomName(Random random)
    {
        string[] atoms = [".", "..", "/", "%", "%2E", "~", "\\", "_", "_1", "-", "a", "A", "e\u0301", "é", "日", "😀", "CON", "nul", ".mp4", ".MP4", " ", ":", "\uFF0E", "\u202E", "0"];
        var name = new StringBuilder();
        for (var length = random.Next(1, 6); length > 0; length--)
            name.Append(atoms[random.Next(atoms.Length)]);
        if (random.Next(50) == 0)
            name.Insert(random.Next(name.Length), new string('z', random.Next(230, 260)));
        return name.ToString();
    }
}
