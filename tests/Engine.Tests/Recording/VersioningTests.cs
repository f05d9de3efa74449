using Tapedeck.Engine.Naming;
using Tapedeck.Engine.Recording;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Tests.Recording;

/// <summary>What the files of recordings of one name are called, on a real disk.</summary>
public sealed class VersioningTests : IDisposable
{
    private const string Stamp = "cam_2013-05-12-22.08.10.645-UTC";
    private static readonly NameValues Values = new() { Stream = "cam", BaseName = "cam", StartTime = new DateTimeOffset(2013, 5, 12, 22, 8, 10, 645, TimeSpan.Zero) };

    private readonly TempFolder _folder = new();
    private readonly FileClaims _claims = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(FileVersioning.Number, "", "cam", "")]
    [InlineData(FileVersioning.Number, "cam", "cam_1", "")]
    [InlineData(FileVersioning.Number, "cam cam_1 cam_2", "cam_3", "")]
    [InlineData(FileVersioning.Number, "cam_1", "cam", "")]
    [InlineData(FileVersioning.RenameOldFromZero, "", "cam", "")]
    [InlineData(FileVersioning.RenameOldFromZero, "cam", "cam", "cam_0")]
    [InlineData(FileVersioning.RenameOldFromZero, "cam cam_0", "cam", "cam_1")]
    [InlineData(FileVersioning.RenameOld, "", "cam", "")]
    [InlineData(FileVersioning.RenameOld, "cam", "cam", "cam_1")]
    [InlineData(FileVersioning.RenameOld, "cam cam_1", "cam", "cam_2")]
    [InlineData(FileVersioning.RenameOld, "cam_1", "cam", "")]
    [InlineData(FileVersioning.Stamp, "", "cam", "")]
    [InlineData(FileVersioning.Stamp, "cam", Stamp + "_0", "")]
    [InlineData(FileVersioning.Stamp, "cam " + Stamp + "_0", Stamp + "_1", "")]
    [InlineData(FileVersioning.Parts, "", "cam_part0000", "")]
    [InlineData(FileVersioning.Parts, "cam cam_part0000", "cam_part0001", "")]
    public void Names(FileVersioning versioning, string existing, string name, string older)
    {
        foreach (var file in existing.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            File.WriteAllText(_folder[file + ".mp4"], file);
        using var target = Claim(versioning);
        MakeRoom(target).ShouldBe(older.Length == 0 ? null : _folder[older + ".mp4"]);
        target.Create().Dispose();
        target.Path.ShouldBe(_folder[name + ".mp4"]);
        new FileInfo(target.Path).Length.ShouldBe(0);
        if (older.Length > 0)
            File.ReadAllText(_folder[older + ".mp4"]).ShouldBe("cam");
        _folder.Files.Length.ShouldBe(existing.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length + 1);
    }

    [Theory]
    [InlineData(FileVersioning.Number, "cam cam_1 cam_2")]
    [InlineData(FileVersioning.RenameOld, "cam cam_1 cam_2")]
    [InlineData(FileVersioning.Stamp, Stamp + "_0 " + Stamp + "_1 " + Stamp + "_2")]
    [InlineData(FileVersioning.Parts, "cam_part0000 cam_part0001 cam_part0002")]
    public void Files_of_a_recording_that_is_split(FileVersioning versioning, string expected)
    {
        FilesOf(versioning, ExistingFile.Version, 3).ShouldBe(expected.Split(' ').Select(n => _folder[n + ".mp4"]));
    }

    [Fact]
    public void Overwriting_parts_goes_part_by_part()
    {
        FilesOf(FileVersioning.Parts, ExistingFile.Version, 3);
        FilesOf(FileVersioning.Parts, ExistingFile.Overwrite, 2).ShouldBe([_folder["cam_part0000.mp4"], _folder["cam_part0001.mp4"]]);
        _folder.Files.Length.ShouldBe(3);
    }

    [Fact]
    public void Appending_to_parts_goes_on_with_the_last()
    {
        for (var part = 0; part < 3; part++)
            File.WriteAllText(_folder[$"cam_part000{part}.mp4"], "x");
        using var target = Claim(FileVersioning.Parts, ExistingFile.Append);
        target.Path.ShouldBe(_folder["cam_part0002.mp4"]);
        target.Continues.ShouldBeTrue();
    }

    [Fact]
    public void A_template_with_a_number_counts_in_it()
    {
        var naming = new NamingOptions { Template = "{stream}-{sequence:000}" };
        FilesOf(FileVersioning.Number, ExistingFile.Version, 2, naming).ShouldBe([_folder["cam-000.mp4"], _folder["cam-001.mp4"]]);
        FilesOf(FileVersioning.Number, ExistingFile.Version, 1, naming).ShouldBe([_folder["cam-002.mp4"]]);
    }

    [Fact]
    public void A_template_whose_number_is_cut_off_still_ends()
    {
        var naming = new NamingOptions { Template = "{stream}-{sequence,1}" };
        FilesOf(FileVersioning.Number, ExistingFile.Version, 30, naming).Distinct().Count().ShouldBe(30);
        _folder.Files.Length.ShouldBe(30);
    }

    [Fact]
    public void A_file_whose_folder_is_named_after_its_time_gets_the_plain_name_there()
    {
        var options = new RecordingOptions { Naming = new NamingOptions { Template = "{segmentTime:HH}/{stream}" } };
        var names = new FileNames(_folder.Path, ".mp4", options, Values with { SegmentTime = Values.StartTime });
        using var first = FileTarget.Claim(_claims, names, ExistingFile.Version);
        using var next = first.ClaimNext(names.At(Values.StartTime.AddHours(1), []));
        next.Create().Dispose();
        next.Path.ShouldBe(_folder["23/cam.mp4"]);
    }

    [Fact]
    public void A_file_being_recorded_is_not_renamed()
    {
        using var first = Claim(FileVersioning.RenameOld);
        first.Create().Dispose();
        using var second = Claim(FileVersioning.RenameOld);
        second.Path.ShouldBe(_folder["cam_1.mp4"]);
        MakeRoom(second).ShouldBeNull();
    }

    [Fact]
    public void What_cannot_be_renamed_stays_and_the_new_file_takes_a_number()
    {
        Directory.CreateDirectory(_folder["cam.mp4"]);
        File.WriteAllText(_folder["cam.mp4/x"], "precious");
        File.WriteAllText(_folder["cam_1.mp4"], "precious");
        using var target = Claim(FileVersioning.RenameOld);
        MakeRoom(target);
        target.Create().Dispose();
        File.ReadAllText(_folder["cam_1.mp4"]).ShouldBe("precious");
        _folder.Files.Length.ShouldBe(3);
    }

    [Theory]
    [InlineData(FileVersioning.Number, false, "cam_1")]
    [InlineData(FileVersioning.RenameOld, false, "cam")]
    [InlineData(FileVersioning.RenameOldFromZero, false, "cam")]
    [InlineData(FileVersioning.Stamp, false, Stamp + "_0")]
    [InlineData(FileVersioning.Stamp, true, Stamp + "_0")]
    [InlineData(FileVersioning.Parts, false, "cam_part0000")]
    public void Names_of_recordings_that_begin_before_their_disk_is_well(FileVersioning versioning, bool splits, string expected)
    {
        File.WriteAllText(_folder["cam.mp4"], "first");
        var options = new RecordingOptions { Versioning = versioning, Split = splits ? new SplitOptions { Bytes = 1 } : null };
        using var target = FileTarget.Plan(_claims, new FileNames(_folder.Path, ".mp4", options, Values), ExistingFile.Version, SystemDisk.Instance, mount: null);
        MakeRoom(target);
        target.CreateAgain(otherName: false).Dispose();
        target.Path.ShouldBe(_folder[expected + ".mp4"]);
        _folder.Files.Length.ShouldBe(2);
        _folder.Files.Count(f => File.ReadAllText(_folder[f]) == "first").ShouldBe(1);
    }

    [Fact]
    public void Killed_between_the_steps_the_older_file_has_both_names()
    {
        File.WriteAllText(_folder["cam.mp4"], "first");
        using (var killed = Claim(FileVersioning.RenameOld))
            killed.NameOlder().ShouldBe(_folder["cam_1.mp4"]);
        File.ReadAllText(_folder["cam.mp4"]).ShouldBe("first");
        File.ReadAllText(_folder["cam_1.mp4"]).ShouldBe("first");
    }

    [Fact]
    public void A_link_is_renamed_and_not_followed()
    {
        File.WriteAllText(_folder["elsewhere"], "precious");
        File.CreateSymbolicLink(_folder["cam.mp4"], _folder["elsewhere"]);
        using var target = Claim(FileVersioning.RenameOld);
        MakeRoom(target);
        target.Create().Dispose();
        File.ReadAllText(_folder["elsewhere"]).ShouldBe("precious");
        new FileInfo(_folder["cam.mp4"]).LinkTarget.ShouldBeNull();
    }

    [Fact]
    public void Who_still_looks_at_an_older_file_finds_it()
    {
        File.WriteAllText(_folder["cam.mp4"], "first");
        using var followed = _claims.Follow(_folder["cam.mp4"]);
        using var target = Claim(FileVersioning.RenameOld);
        MakeRoom(target);
        target.Create().Dispose();
        File.ReadAllText(followed.Path).ShouldBe("first");
    }

    [Theory]
    [InlineData(FileVersioning.Number)]
    [InlineData(FileVersioning.RenameOld)]
    [InlineData(FileVersioning.RenameOldFromZero)]
    [InlineData(FileVersioning.Stamp)]
    [InlineData(FileVersioning.Parts)]
    public void A_thousand_recordings_lose_no_file(FileVersioning versioning)
    {
        for (var i = 0; i < 1000; i++)
        {
            using var target = Claim(versioning, naming: new NamingOptions { StampTemplate = "{baseName}-v{sequence}" });
            MakeRoom(target);
            using var file = target.Create();
            file.Write([BitConverter.GetBytes(i)], 0);
        }

        _folder.Files.Select(f => BitConverter.ToInt32(File.ReadAllBytes(_folder[f]))).Order().ShouldBe(Enumerable.Range(0, 1000));
    }

    [Fact]
    public void A_long_name_leaves_room_for_its_part_number()
    {
        var names = new FileNames(_folder.Path, ".mp4", new RecordingOptions { Versioning = FileVersioning.Parts }, new NameValues { BaseName = new string('n', 400) });
        var files = Enumerable.Range(0, 3).Select(n => Path.GetFileName(names.Candidate(n * 9999))).ToArray();
        files.ShouldAllBe(f => f.Length <= 255);
        files.Select(f => f[..f.LastIndexOf('_')]).Distinct().Count().ShouldBe(1);
    }

    [Theory]
    [InlineData(NameEncoding.Hex, "", "63616d")]
    [InlineData(NameEncoding.Base64, "", "Y2Ft")]
    [InlineData(NameEncoding.None, "a:", "cm")]
    [InlineData(NameEncoding.Hex, "am", "63")]
    public void Names_are_cleaned_and_encoded_without_a_template_too(NameEncoding encoding, string remove, string expected)
    {
        var options = new RecordingOptions { FileName = "cam.mp4", Naming = new NamingOptions { Encoding = encoding, Remove = remove } };
        new FileNames(_folder.Path, ".mp4", options, Values with { BaseName = "cam.mp4" }).Candidate(0).ShouldBe(_folder[expected + ".mp4"]);
    }

    [Theory]
    [InlineData("{strem}", null, "strem")]
    [InlineData("{startTime}", "Mars/Base", "Mars/Base")]
    public void A_template_or_zone_that_is_wrong_is_named(string template, string? zone, string named)
    {
        var options = new RecordingOptions { Naming = new NamingOptions { Template = template, TimeZone = zone } };
        var refused = Should.Throw<RecordingException>(() => new FileNames(_folder.Path, ".mp4", options, Values));
        refused.Refusal.ShouldBe(RecordingRefusal.BadName);
        refused.Message.ShouldContain(named);
    }

    [Theory]
    [InlineData("new")]
    [InlineData("somebody's film")]
    public void What_another_program_puts_in_the_place_of_an_older_file_stays(string foreign)
    {
        File.WriteAllText(_folder["cam.mp4"], "old");
        File.SetLastWriteTimeUtc(_folder["cam.mp4"], DateTime.UtcNow.AddDays(-1));
        using var target = Claim(FileVersioning.RenameOld);
        target.NameOlder().ShouldBe(_folder["cam_1.mp4"]);
        File.Delete(_folder["cam.mp4"]);
        File.WriteAllText(_folder["cam.mp4"], foreign);
        target.ReleaseName();
        target.Create().Dispose();
        target.Path.ShouldBe(_folder["cam_2.mp4"]);
        File.ReadAllText(_folder["cam.mp4"]).ShouldBe(foreign);
        File.ReadAllText(_folder["cam_1.mp4"]).ShouldBe("old");
    }

    [Fact]
    public void Only_an_empty_file_is_taken_away_again()
    {
        using var target = Claim(FileVersioning.Number);
        target.Create().Dispose();
        target.DeleteEmpty();
        _folder.Files.ShouldBeEmpty();
        File.WriteAllText(target.Path, "somebody's film");
        target.DeleteEmpty();
        _folder.Files.ShouldBe(["cam.mp4"]);
    }

    private FileTarget Claim(FileVersioning versioning, ExistingFile existing = ExistingFile.Version, NamingOptions? naming = null, SplitOptions? split = null) =>
        FileTarget.Claim(
            _claims,
            new FileNames(_folder.Path, ".mp4", new RecordingOptions { Versioning = versioning, Naming = naming ?? new NamingOptions(), Split = split }, Values),
            existing);

    private List<string> FilesOf(FileVersioning versioning, ExistingFile existing, int count, NamingOptions? naming = null)
    {
        var paths = new List<string>();
        var target = Claim(versioning, existing, naming, new SplitOptions { Bytes = 1 });
        while (true)
        {
            MakeRoom(target);
            target.Create().Dispose();
            paths.Add(target.Path);
            if (paths.Count == count)
                break;
            var next = target.ClaimNext(target.Names);
            target.Dispose();
            target = next;
        }

        target.Dispose();
        return paths;
    }

    private static string? MakeRoom(FileTarget target)
    {
        if (target.NameOlder() is not { } older)
            return null;
        target.ReleaseName();
        return older;
    }
}
