using Tapedeck.LiveStreamRecord.Tests.Fakes;
using Tapedeck.Modules;
using Tapedeck.Recordings;

namespace Tapedeck.LiveStreamRecord.Tests;

public sealed class OptionTests
{
    private const RecordingFormat Mp4 = RecordingFormat.Mp4;
    private const RecordingFormat Flv = RecordingFormat.Flv;

    public static TheoryData<object?, RecordingFormat> Formats => new()
    {
        { "mp4", Mp4 }, { "MP4", Mp4 }, { 2.0, Mp4 }, { "2", Mp4 },
        { "flv", Flv }, { "Flv", Flv }, { 1.0, Flv }, { "1", Flv },
    };

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Format(object? value, RecordingFormat expected)
    {
        // The prefix says the other one: what is given goes before it.
        var prefix = expected == Mp4 ? "flv:" : "mp4:";
        (await new Setup("cam").OptionsOfStartAsync(prefix + "cam", Amf.Object(("format", value)))).Format.ShouldBe(expected);
    }

    [Theory]
    [InlineData("cam", Mp4)] // what the fake recorder takes for the application's default
    [InlineData("flv:cam", Flv)]
    [InlineData("FLV:cam", Flv)]
    [InlineData("mp4:cam", Mp4)]
    [InlineData("f4v:cam", Mp4)]
    [InlineData("raw:cam", Mp4)]
    [InlineData("flv:cam?token=mp4:x", Flv)]
    public async Task Format_by_prefix_of_the_name(string name, RecordingFormat expected)
    {
        (await new Setup("cam").OptionsOfStartAsync(name)).Format.ShouldBe(expected);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0")]
    [InlineData(0.0)]
    public async Task Format_left_open(object? value)
    {
        (await new Setup("cam").OptionsOfStartAsync("flv:cam", Amf.Object(("format", value)))).Format.ShouldBe(Flv);
    }

    public static TheoryData<object?, bool> Booleans => new()
    {
        { true, true }, { 1.0, true }, { "true", true }, { "TRUE", true }, { "1", true },
        { false, false }, { 0.0, false }, { "false", false }, { "False", false }, { "0", false },
    };

    [Theory]
    [MemberData(nameof(Booleans))]
    public async Task Boolean(object? value, bool expected)
    {
        var options = await new Setup("cam").OptionsOfStartAsync(Amf.Object(("startonkeyframe", value), ("RECORDDATA", value), ("append", value)));
        options.StartOnKeyFrame.ShouldBe(expected);
        options.RecordData.ShouldBe(expected);
        options.ExistingFile.ShouldBe(expected ? ExistingFile.Append : ExistingFile.Version);
    }

    [Fact]
    public async Task Null_and_empty_text_mean_the_default()
    {
        var options = await new Setup("cam").OptionsOfStartAsync(Amf.Object(("startOnKeyFrame", null), ("recordData", ""), ("append", null), ("output", "")));
        options.ShouldBe(new RecordingOptions { Format = Mp4 });
    }

    // Three-valued: 1 true, 0 false, - left out; in the order append, versionFile, overwrite.
    [Theory]
    [InlineData("---", ExistingFile.Version)]
    [InlineData("0--", ExistingFile.Version)]
    [InlineData("1--", ExistingFile.Append)]
    [InlineData("-1-", ExistingFile.Version)]
    [InlineData("-0-", ExistingFile.Overwrite)]
    [InlineData("--1", ExistingFile.Overwrite)]
    [InlineData("--0", ExistingFile.Version)]
    [InlineData("01-", ExistingFile.Version)]
    [InlineData("00-", ExistingFile.Overwrite)]
    [InlineData("0-1", ExistingFile.Overwrite)]
    [InlineData("11-", ExistingFile.Append)]
    [InlineData("10-", ExistingFile.Append)]
    [InlineData("1-1", ExistingFile.Append)]
    [InlineData("-11", ExistingFile.Version)]
    [InlineData("-01", ExistingFile.Overwrite)]
    [InlineData("111", ExistingFile.Append)]
    public async Task Existing_file(string flags, ExistingFile expected)
    {
        (await new Setup("cam").OptionsOfStartAsync(Flags(flags, "versionFile"))).ExistingFile.ShouldBe(expected);
        (await new Setup("cam").OptionsOfStartAsync(Flags(flags, "version"))).ExistingFile.ShouldBe(expected);
    }

    [Theory]
    [InlineData("---", ExistingFile.Append)]
    [InlineData("0--", ExistingFile.Overwrite)]
    [InlineData("-1-", ExistingFile.Version)]
    [InlineData("--1", ExistingFile.Overwrite)]
    [InlineData("-0-", ExistingFile.Append)]
    public async Task Existing_file_when_the_operator_appends_and_overwrites(string flags, ExistingFile expected)
    {
        var setup = new Setup("cam");
        setup.Defaults.Append = true;
        setup.Defaults.VersionFile = false;
        (await setup.OptionsOfStartAsync(Flags(flags, "versionFile"))).ExistingFile.ShouldBe(expected);
    }

    [Theory]
    [InlineData("version", ExistingFile.Version)]
    [InlineData("append", ExistingFile.Append)]
    [InlineData("Overwrite", ExistingFile.Overwrite)]
    public async Task Existing_file_by_option(string option, ExistingFile expected)
    {
        (await new Setup("cam").OptionsOfStartAsync(Amf.Object(("option", option)))).ExistingFile.ShouldBe(expected);
    }

    [Fact]
    public async Task The_operators_defaults_hold_where_the_command_is_silent()
    {
        var setup = new Setup("cam");
        setup.Defaults.Format = Flv;
        setup.Defaults.StartOnKeyFrame = false;
        setup.Defaults.RecordData = false;
        setup.Defaults.VersionFile = false;
        (await setup.OptionsOfStartAsync()).ShouldBe(
            new RecordingOptions { Format = Flv, StartOnKeyFrame = false, RecordData = false, ExistingFile = ExistingFile.Overwrite });
    }

    [Fact]
    public async Task The_command_goes_before_the_operators_defaults()
    {
        var setup = new Setup("cam");
        setup.Defaults.Format = Flv;
        setup.Defaults.StartOnKeyFrame = false;
        (await setup.OptionsOfStartAsync("mp4:cam", Amf.Object(("startOnKeyFrame", true)))).ShouldBe(new RecordingOptions { Format = Mp4 });
    }

    [Fact]
    public void The_options_are_bound_to_the_prefix_of_the_add_on()
    {
        typeof(LiveStreamRecordOptions).GetCustomAttributes(typeof(ModuleOptionsAttribute), false)
            .Cast<ModuleOptionsAttribute>().ShouldHaveSingleItem().Prefix.ShouldBe("liveStreamRecord");
    }

    [Theory]
    [InlineData("lecture", "lecture", Mp4)]
    [InlineData("lecture 1.flv", "lecture 1.flv", Flv)]
    [InlineData("lecture.MP4", "lecture.MP4", Mp4)]
    [InlineData("..lecture..", "..lecture..", Mp4)]
    public async Task Output(string output, string fileName, RecordingFormat format)
    {
        var options = await new Setup("cam").OptionsOfStartAsync(Amf.Object(("output", output)));
        options.FileName.ShouldBe(fileName);
        options.Format.ShouldBe(format);
    }

    [Theory]
    [InlineData("/etc/passwd", ", such as 'passwd'")]
    [InlineData("../x.mp4", ", such as 'x.mp4'")]
    [InlineData("a/b", ", such as 'b'")]
    [InlineData("..\\x", ", such as 'x'")]
    [InlineData("C:x.mp4", ", such as 'x.mp4'")]
    [InlineData("x.mp4::$DATA", ", such as '$DATA'")]
    [InlineData("..", "")]
    [InlineData(".", "")]
    [InlineData("a/..", "")]
    [InlineData("folder/", "")]
    public async Task Output_is_never_a_path(string output, string remedy)
    {
        var setup = new Setup("cam");

        var result = await setup.StartAsync(Amf.Object(("output", output)));

        result.ErrorCode.ShouldBe("NetStream.Record.Failed");
        result.ErrorDescription.ShouldBe(
            $"output is '{output}': give a plain file name{remedy}. The folder is the application's storage directory and cannot be chosen by a client.");
        setup.Recorder.Started.ShouldBeEmpty();
    }

    [Fact]
    public async Task Output_without_control_characters()
    {
        var result = await new Setup("cam").StartAsync(Amf.Object(("output", "a\r\nb")));
        result.ErrorDescription.ShouldNotBeNull().ShouldStartWith("output is 'a??b': give a plain file name. ");
    }

    public static TheoryData<string, object?, string> Unreadable => new()
    {
        { "format", "avi", "format is the text 'avi'; it must be \"mp4\" (or 2), \"flv\" (or 1), \"fmp4\", \"ts\", \"webm\" or \"mkv\"." },
        { "format", 3.0, "format is the number 3; it must be \"mp4\" (or 2), \"flv\" (or 1), \"fmp4\", \"ts\", \"webm\" or \"mkv\"." },
        { "Append", "yes", "append is the text 'yes'; it must be true or false." },
        { "startOnKeyFrame", 2.0, "startOnKeyFrame is the number 2; it must be true or false." },
        { "recordData", double.NaN, "recordData is the number NaN; it must be true or false." },
        { "versionFile", "_1", "versionFile is the text '_1'; it must be true or false." },
        { "option", "new", "option is the text 'new'; it must be \"version\", \"append\" or \"overwrite\"." },
        { "versioning", "rename", "versioning is the text 'rename'; it must be \"number\", \"renameOld\", \"renameOldFromZero\", \"stamp\" or \"parts\"." },
        { "codecChange", "split", "codecChange is the text 'split'; it must be \"newFile\" or \"sameFile\"." },
        { "winQtCompat", "yes", "winQtCompat is the text 'yes'; it must be true or false." },
        { "expectedDuration", "long", "expectedDuration is the text 'long'; it must be milliseconds, or HH:MM:SS.mmm." },
        { "labels", "a=b", "labels is the text 'a=b'; it must be an object with a text for each key." },
        { "labels", Amf.Object(("a", Amf.Object())), "Label 'a' is an object; it must be a text, a number or a boolean." },
        { "output", 5.0, "output is the number 5; it must be a file name." },
    };

    [Theory]
    [MemberData(nameof(Unreadable))]
    public async Task A_value_that_cannot_be_read_is_refused(string key, object? value, string description)
    {
        var setup = new Setup("cam");
        var result = await setup.StartAsync("cam", Amf.Object((key, value)));
        result.ErrorCode.ShouldBe("NetStream.Record.Failed");
        result.ErrorDescription.ShouldBe(description);
        setup.Recorder.Started.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(90_000.0, 90)]
    [InlineData("90000", 90)]
    [InlineData("00:01:30.500", 90.5)]
    [InlineData("1:30:00", 5400)]
    public async Task Segments_are_taken_as_splits(object duration, double seconds)
    {
        var options = await new Setup("cam").OptionsOfStartAsync("cam", Amf.Object(("segmentDuration", duration), ("segmentSize", 1e6)));
        options.Split.ShouldBe(new SplitOptions { Duration = TimeSpan.FromSeconds(seconds), Bytes = 1_000_000 });
    }

    [Theory]
    [InlineData("fmp4", RecordingFormat.FragmentedMp4)]
    [InlineData("TS", RecordingFormat.MpegTs)]
    [InlineData("webm", RecordingFormat.WebM)]
    [InlineData("mkv", RecordingFormat.Matroska)]
    public async Task Every_format_has_a_name(string name, RecordingFormat format) =>
        (await new Setup("cam").OptionsOfStartAsync("cam", Amf.Object(("format", name)))).Format.ShouldBe(format);

    [Theory]
    [InlineData("stamp", FileVersioning.Stamp)]
    [InlineData("RENAMEOLD", FileVersioning.RenameOld)]
    public async Task Versioning(string value, FileVersioning expected) =>
        (await new Setup("cam").OptionsOfStartAsync("cam", Amf.Object(("versioning", value)))).Versioning.ShouldBe(expected);

    [Fact]
    public async Task Mp4_options()
    {
        var options = await new Setup("cam").OptionsOfStartAsync("cam", Amf.Object(("winQtCompat", true), ("indexAtFront", 1.0), ("expectedDuration", "2:00:00")));
        options.CodecChange.ShouldBeNull();
        (await new Setup("cam").OptionsOfStartAsync("cam", Amf.Object(("codecChange", "sameFile")))).CodecChange.ShouldBe(CodecChange.SameFile);
        options.Mp4.ShouldBe(new Mp4Options { WinQtCompat = true, IndexAtFront = true, ExpectedDuration = TimeSpan.FromHours(2) });
    }

    [Theory]
    [InlineData(ExistingFile.Append, null, null, "---", ExistingFile.Append)]
    [InlineData(ExistingFile.Append, null, null, "0--", ExistingFile.Version)]
    [InlineData(ExistingFile.Append, null, null, "-1-", ExistingFile.Version)]
    [InlineData(ExistingFile.Append, null, true, "---", ExistingFile.Version)]
    [InlineData(ExistingFile.Append, false, null, "---", ExistingFile.Version)]
    [InlineData(ExistingFile.Overwrite, null, null, "---", ExistingFile.Overwrite)]
    [InlineData(ExistingFile.Overwrite, null, true, "---", ExistingFile.Version)]
    [InlineData(ExistingFile.Overwrite, true, null, "---", ExistingFile.Append)]
    public async Task An_existing_file_by_command_then_module_then_application(ExistingFile application, bool? append, bool? versionFile, string flags, ExistingFile expected)
    {
        var setup = new Setup("cam");
        setup.Recorder.Defaults = new RecordingOptions { ExistingFile = application };
        setup.Defaults.Append = append;
        setup.Defaults.VersionFile = versionFile;
        (await setup.OptionsOfStartAsync("cam", Flags(flags, "versionFile"))).ExistingFile.ShouldBe(expected);
    }

    [Fact]
    public async Task Unknown_keys_are_passed_over()
    {
        (await new Setup("cam").OptionsOfStartAsync("cam", Amf.Object(("quality", 60.0), ("x", Amf.Object()))))
            .ShouldBe(new RecordingOptions { Format = Mp4 });
    }

    private static IReadOnlyDictionary<string, object?> Flags(string flags, string versionKey)
    {
        string[] keys = ["append", versionKey, "overwrite"];
        return keys.Zip(flags).Where(p => p.Second != '-').ToDictionary(p => p.First, p => (object?)(p.Second == '1'));
    }
}
