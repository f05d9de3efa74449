using Tapedeck.Engine.Recording;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Tests.Recording;

public sealed class FileTargetTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FileClaims _claims = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("", "cam.mp4")]
    [InlineData("cam.mp4", "cam_1.mp4")]
    [InlineData("cam.mp4 cam_1.mp4 cam_2.mp4", "cam_3.mp4")]
    [InlineData("cam_1.mp4", "cam.mp4")]
    [InlineData("other.mp4 cam.flv", "cam.mp4")]
    public void Takes_the_next_free_version(string existing, string expected)
    {
        foreach (var name in existing.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            Make(name);
        Claim().Path.ShouldBe(_folder[expected]);
    }

    [Theory]
    [InlineData(0, 1, 3)]
    [InlineData(0, 2)]
    [InlineData(0, 1, 2, 3, 5, 6, 7, 8, 20)]
    public void Gaps_among_the_versions_do_no_harm(params int[] versions)
    {
        foreach (var version in versions)
            Make(version == 0 ? "cam.mp4" : $"cam_{version}.mp4");
        using var target = Claim();
        versions.ShouldNotContain(target.Version);
        using var file = target.Create();
        _folder.Files.Length.ShouldBe(versions.Length + 1);
    }

    [Fact]
    public void Many_versions_are_counted_on()
    {
        for (var version = 0; version < 1000; version++)
            Make(version == 0 ? "cam.mp4" : $"cam_{version}.mp4");
        for (var version = 1000; version < 1020; version++)
        {
            using var target = Claim();
            target.Path.ShouldBe(_folder[$"cam_{version}.mp4"]);
            target.Create().Dispose();
        }
    }

    [Fact]
    public void Claims_nothing_on_disk()
    {
        Claim();
        _folder.Files.ShouldBeEmpty();
    }

    [Fact]
    public void Two_at_once_take_different_names_and_a_released_one_is_free()
    {
        var first = Claim();
        var second = Claim();
        second.Path.ShouldBe(_folder["cam_1.mp4"]);
        first.Dispose();
        Claim().Path.ShouldBe(_folder["cam.mp4"]);
    }

    [Fact]
    public void Many_at_once_take_different_names()
    {
        var paths = new System.Collections.Concurrent.ConcurrentBag<string>();
        Parallel.For(0, 100, _ => paths.Add(Claim().Path));
        paths.Distinct(StringComparer.OrdinalIgnoreCase).Count().ShouldBe(100);
    }

    [Fact]
    public void The_next_file_of_a_recording_counts_on()
    {
        using var first = Claim();
        using var file = first.Create();
        using var next = first.ClaimNext(first.Names);
        next.Path.ShouldBe(_folder["cam_1.mp4"]);
        next.Continues.ShouldBeFalse();
        using var after = next.ClaimNext(next.Names);
        after.Path.ShouldBe(_folder["cam_2.mp4"]);
    }

    [Fact]
    public void A_file_that_turns_up_after_the_claim_stays_untouched()
    {
        using var target = Claim();
        Make("cam.mp4", "theirs");
        Make("cam_1.mp4", "theirs");
        target.Create().Dispose();
        target.Path.ShouldBe(_folder["cam_2.mp4"]);
        target.Version.ShouldBe(2);
        File.ReadAllText(_folder["cam.mp4"]).ShouldBe("theirs");
        Claim(existing: ExistingFile.Append).Path.ShouldBe(_folder["cam.mp4"]); // the first name was let go
    }

    [Fact]
    public void A_dangling_link_counts_as_a_file()
    {
        File.CreateSymbolicLink(_folder["cam.mp4"], _folder["nowhere"]);
        using var target = Claim();
        target.Path.ShouldBe(_folder["cam_1.mp4"]);
    }

    [Fact]
    public void A_link_that_turns_up_after_the_claim_is_not_followed()
    {
        using var target = Claim();
        File.CreateSymbolicLink(_folder["cam.mp4"], _folder["elsewhere"]);
        target.Create().Dispose();
        File.Exists(_folder["elsewhere"]).ShouldBeFalse();
        target.Path.ShouldBe(_folder["cam_1.mp4"]);
    }

    [Fact]
    public void Overwriting_replaces_the_file_when_the_new_one_is_made()
    {
        Make("cam.mp4", "old");
        using var target = Claim(existing: ExistingFile.Overwrite);
        File.ReadAllText(_folder["cam.mp4"]).ShouldBe("old");
        target.Create().Dispose();
        new FileInfo(_folder["cam.mp4"]).Length.ShouldBe(0);
    }

    [Fact]
    public void Overwriting_a_link_leaves_what_it_leads_to()
    {
        Make("elsewhere", "precious");
        File.CreateSymbolicLink(_folder["cam.mp4"], _folder["elsewhere"]);
        using var target = Claim(existing: ExistingFile.Overwrite);
        target.Create().Dispose();
        File.ReadAllText(_folder["elsewhere"]).ShouldBe("precious");
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("", false)]
    [InlineData("content", true)]
    public void Appending_continues_a_file_that_has_content(string? content, bool continues)
    {
        if (content is not null)
            Make("cam.mp4", content);
        using var target = Claim(existing: ExistingFile.Append);
        target.Continues.ShouldBe(continues);
        if (!continues)
            target.Create().Dispose();
    }

    [Theory]
    [InlineData(ExistingFile.Append)]
    [InlineData(ExistingFile.Overwrite)]
    public void A_file_that_is_being_recorded_is_refused(ExistingFile existing)
    {
        using var first = Claim();
        Refused(RecordingRefusal.FileInUse, existing: existing).ShouldContain(first.Path);
        Refused(RecordingRefusal.FileInUse, "CAM", existing); // disks that do not know case
    }

    [Theory]
    [InlineData(ExistingFile.Version, "cam_1.mp4")]
    [InlineData(ExistingFile.Append, "cam_1.mp4")]
    [InlineData(ExistingFile.Overwrite, "cam.mp4")]
    public void What_was_planned_without_a_look_is_looked_at_when_the_file_is_made(ExistingFile existing, string expected)
    {
        Make("cam.mp4", "theirs");
        using var target = FileTarget.Plan(_claims, new FileNames(_folder.Path, "cam", ".mp4"), existing, SystemDisk.Instance, mount: null);
        target.Continues.ShouldBeFalse();
        target.Create().Dispose();
        target.Path.ShouldBe(_folder[expected]);
        if (existing != ExistingFile.Overwrite)
            File.ReadAllText(_folder["cam.mp4"]).ShouldBe("theirs");
    }

    [Fact]
    public void A_bad_name_is_refused() => Refused(RecordingRefusal.BadName, "a//b").ShouldContain("//");

    [Fact]
    public void Folders_are_made()
    {
        using var target = Claim("a/b/c");
        target.Create().Dispose();
        _folder.Files.ShouldBe(["a/b/c.mp4"]);
    }

    [Fact]
    public void A_file_where_a_folder_should_be_is_refused_and_named()
    {
        Make("a");
        Refused(RecordingRefusal.NoAccess, "a/b").ShouldContain(_folder["a"]);
        Refused(RecordingRefusal.NoAccess, "a/b/c").ShouldContain(_folder["a"]);
    }

    [Fact]
    public void A_root_that_is_a_file_is_refused_and_named()
    {
        Make("root");
        Should.Throw<RecordingException>(() => FileTarget.Claim(_claims, new FileNames(_folder["root"], "cam", ".mp4"), ExistingFile.Version)).Message.ShouldContain(_folder["root"]);
    }

    [Theory]
    [InlineData("link/cam")]
    [InlineData("link/deeper/cam")]
    public void A_folder_that_is_a_link_is_refused_and_named(string name)
    {
        using var elsewhere = new TempFolder();
        Directory.CreateSymbolicLink(_folder["link"], elsewhere.Path);
        Refused(RecordingRefusal.NoAccess, name).ShouldContain(_folder["link"]);
        Directory.GetFileSystemEntries(elsewhere.Path).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("{0}/./.")]
    [InlineData("{0}/x/..")]
    [InlineData("{0}//")]
    public void A_link_is_refused_however_the_root_is_written(string root)
    {
        using var elsewhere = new TempFolder();
        Directory.CreateSymbolicLink(_folder["l"], elsewhere.Path);
        Directory.CreateDirectory(_folder["x"]);
        Should.Throw<RecordingException>(() => FileTarget.Claim(_claims, new FileNames(string.Format(null, root, _folder.Path), "l/c", ".mp4"), ExistingFile.Version))
            .Refusal.ShouldBe(RecordingRefusal.NoAccess);
        Directory.GetFileSystemEntries(elsewhere.Path).ShouldBeEmpty();
    }

    [Fact]
    public void The_root_itself_may_be_a_link()
    {
        using var elsewhere = new TempFolder();
        Directory.CreateSymbolicLink(_folder["root"], elsewhere.Path);
        using var target = FileTarget.Claim(_claims, new FileNames(_folder["root"], "cam", ".mp4"), ExistingFile.Version);
        target.Create().Dispose();
        elsewhere.Files.ShouldBe(["cam.mp4"]);
    }

    [Fact]
    public void A_path_longer_than_the_system_takes_is_refused()
    {
        var folder = new string('日', 60);
        Refused(RecordingRefusal.NoAccess, string.Join('/', Enumerable.Repeat(folder, 24)));
    }

    [Fact]
    public void Hostile_names_stay_below_the_root()
    {
        foreach (var name in new[] { "..", "../x", "a/../../x", "..\\x", "%2e%2e/x", "~/x", "\uFF0E\uFF0E/x", "C:\\x" })
        {
            using var target = Claim(name);
            target.Create().Dispose();
            target.Path.ShouldStartWith(_folder.Path + "/");
        }

        _folder.Files.Length.ShouldBe(8);
    }

    private FileTarget Claim(string name = "cam", ExistingFile existing = ExistingFile.Version) =>
        FileTarget.Claim(_claims, new FileNames(_folder.Path, name, ".mp4"), existing);

    private string Refused(RecordingRefusal refusal, string name = "cam", ExistingFile existing = ExistingFile.Version)
    {
        var refused = Should.Throw<RecordingException>(() => Claim(name, existing));
        refused.Refusal.ShouldBe(refusal);
        return refused.Message;
    }

    private void Make(string name, string content = "x") => File.WriteAllText(_folder[name], content);
}
