using Tapedeck.Engine.Streams;
using Tapedeck.Host.Applications;
using Tapedeck.Recordings;

namespace Tapedeck.Host.Tests.Applications;

public sealed class RecordingDefaultsTests : ApplicationTest
{
    private static string Yaml(string properties, string recorder = "")
    {
        static string Section(string name, string lines) =>
            lines.Length == 0 ? "" : $"{name}:\n" + string.Concat(lines.Split('\n').Select(l => $"  {l}\n"));
        return "streamType: live-record\n" + Section("properties", properties) + Section("streamRecorder", recorder);
    }

    private ApplicationCatalog Load(string properties, string recorder = "")
    {
        Folder.Write("applications/app/Application.yaml", Yaml(properties, recorder));
        return Load();
    }

    private RecordingOptions Read(string properties, string recorder = "") =>
        Load(properties, recorder).Find("app").ShouldNotBeNull(string.Join("\n", Log.Lines)).Recording;

    private string[] Errors(string properties) => Errors("Application.yaml", Yaml(properties));

    [Fact]
    public void Without_properties_everything_is_as_it_comes() => Read("").ShouldBe(new RecordingOptions());

    [Fact]
    public void Each_property_of_ours_is_read()
    {
        Read("""
            recordingExistingFile: append
            recordingName: '{startTime:yyyy/MM/dd}/{stream}'
            recordingMaxDuration: 2h
            recordingMaxBytes: 3GiB
            recordingTracks: audio
            recordingSplitDuration: 10min
            recordingSplitBytes: 16MiB
            recordingSplitSchedule: 0 * * * *
            recordingTimeZone: Europe/Berlin
            recordingVersioning: renameOld
            recordingStampName: '{baseName}-{startTime:yyyyMMdd}'
            recordingNameEncoding: base64
            recordingNameRemove: ':?'
            recordingDurability: strict
            recordingMp4Index: front
            recordingMp4ExpectedDuration: 90min
            recordingWinQtCompat: true
            recordingCodecChange: sameFile
            """).ShouldBe(new RecordingOptions
        {
            ExistingFile = ExistingFile.Append,
            Naming = new NamingOptions
            {
                Template = "{startTime:yyyy/MM/dd}/{stream}",
                StampTemplate = "{baseName}-{startTime:yyyyMMdd}",
                TimeZone = "Europe/Berlin",
                Encoding = NameEncoding.Base64,
                Remove = ":?",
            },
            Versioning = FileVersioning.RenameOld,
            Durability = Durability.Strict,
            CodecChange = CodecChange.SameFile,
            Mp4 = new Mp4Options { IndexAtFront = true, ExpectedDuration = TimeSpan.FromMinutes(90), WinQtCompat = true },
            MaxDuration = TimeSpan.FromHours(2),
            MaxBytes = 3L << 30,
            Tracks = TrackSelection.Audio,
            Split = new SplitOptions { Duration = TimeSpan.FromMinutes(10), Bytes = 16 << 20, Schedule = "0 * * * *", TimeZone = "Europe/Berlin" },
        });
    }

    [Fact]
    public void Grace_and_preroll_are_read()
    {
        Read("recordingGrace: 30min").Grace.ShouldBe(TimeSpan.FromMinutes(30));
        Read("recordingGrace: 0s").Grace.ShouldBe(TimeSpan.Zero);
        Preroll("").ShouldBe(new Preroll(TimeSpan.Zero, 64 << 20));
        Preroll("preroll: 30s\nprerollBytes: 8MiB").ShouldBe(new Preroll(TimeSpan.FromSeconds(30), 8 << 20));
    }

    [Theory]
    [InlineData("recordingGrace: 31min", "recordingGrace must be between 0s and 30min")]
    [InlineData("recordingGrace: -1s", "recordingGrace must be between 0s and 30min")]
    [InlineData("preroll: 2h", "preroll must be between 0s and 1h")]
    [InlineData("prerollBytes: 0", "prerollBytes must be more than nothing")]
    public void Times_beyond_their_bounds_are_errors_with_their_place(string property, string expected)
    {
        var error = Errors(property).ShouldHaveSingleItem();
        error.ShouldContain(expected);
        error.ShouldStartWith(":3:");
    }

    private Preroll Preroll(string properties) => Load(properties).Find("app").ShouldNotBeNull(string.Join("\n", Log.Lines)).Preroll;

    [Theory]
    [InlineData("version", ExistingFile.Version)]
    [InlineData("Append", ExistingFile.Append)]
    [InlineData("OVERWRITE", ExistingFile.Overwrite)]
    public void Existing_files(string value, ExistingFile expected)
    {
        Read($"recordingExistingFile: {value}").ExistingFile.ShouldBe(expected);
        Read($"streamRecorderVersioningOption: {value}").ExistingFile.ShouldBe(expected);
        Read("", $"streamRecorderVersioningOption: {value}").ExistingFile.ShouldBe(expected);
    }

    [Fact]
    public void Flags_of_Wowza_are_read()
    {
        var options = Read("", "streamRecorderStartOnKeyFrame: false\nstreamRecorderRecordData: False");
        options.StartOnKeyFrame.ShouldBeFalse();
        options.RecordData.ShouldBeFalse();
        options = Read("", "streamRecorderStartOnKeyFrame: true\nstreamRecorderRecordData: true");
        options.StartOnKeyFrame.ShouldBeTrue();
        options.RecordData.ShouldBeTrue();
    }

    [Fact]
    public void Segmentation_of_Wowza_by_duration()
    {
        Read("", "streamRecorderSegmentationType: duration\nstreamRecorderSegmentDuration: 60000").Split.ShouldBe(new SplitOptions { Duration = TimeSpan.FromMinutes(1) });
        Read("", "streamRecorderSegmentationType: Duration").Split.ShouldBe(new SplitOptions { Duration = TimeSpan.FromMinutes(15) }, "Wowza's default");
    }

    [Fact]
    public void Segmentation_of_Wowza_by_size()
    {
        Read("", "streamRecorderSegmentationType: size\nstreamRecorderSegmentSize: 5000000").Split.ShouldBe(new SplitOptions { Bytes = 5_000_000 });
        Read("", "streamRecorderSegmentationType: size").Split.ShouldBe(new SplitOptions { Bytes = 10 << 20 }, "Wowza's default");
    }

    [Fact]
    public void Segmentation_of_Wowza_by_schedule()
    {
        Read("", "streamRecorderSegmentationType: schedule\nstreamRecorderSegmentSchedule: '0 0 * * * *'").Split.ShouldBe(new SplitOptions { Schedule = "0 0 * * * *" });
        Read("", "streamRecorderSegmentationType: schedule").Split.ShouldBe(new SplitOptions { Schedule = "0 * * * * *" }, "Wowza's default");
    }

    [Theory]
    [InlineData("number", FileVersioning.Number)]
    [InlineData("renameold", FileVersioning.RenameOld)]
    [InlineData("renameOldFromZero", FileVersioning.RenameOldFromZero)]
    [InlineData("Stamp", FileVersioning.Stamp)]
    [InlineData("parts", FileVersioning.Parts)]
    public void Versioning(string value, FileVersioning expected) => Read($"recordingVersioning: {value}").Versioning.ShouldBe(expected);

    [Theory]
    [InlineData("com.wowza.wms.livestreamrecord.manager.StreamRecorderSimpleFileVersionDelegate", FileVersioning.RenameOld)]
    [InlineData("com.wowza.wms.livestreamrecord.manager.StreamRecorderFileVersionDelegate", FileVersioning.Stamp)]
    [InlineData("LiveStreamRecordFileVersionDelegate", FileVersioning.Stamp)]
    public void Version_delegates_of_Wowza(string value, FileVersioning expected)
    {
        Read("", $"streamRecorderFileVersionDelegate: {value}").Versioning.ShouldBe(expected);
        Read("recordingVersioning: parts", $"streamRecorderFileVersionDelegate: {value}").Versioning.ShouldBe(FileVersioning.Parts);
    }

    [Fact]
    public void Version_template_of_Wowza()
    {
        var options = Read("", "streamRecorderFileVersionTemplate: '${SourceStreamName}_${RecordingStartTime}_${SegmentNumber}{x}'");
        options.Versioning.ShouldBe(FileVersioning.Stamp);
        options.Naming.StampTemplate.ShouldBe("{stream}_{startTime}_{sequence}{{x}}");
        Read("recordingStampName: '{stream}'", "streamRecorderFileVersionTemplate: '${SegmentTime}'").Naming.StampTemplate.ShouldBe("{stream}");
    }

    [Fact]
    public void Labels_are_read()
    {
        var labels = Read("recordingLabels: 'room=3, kind = a lecture,url=a=b'").Labels;
        labels.OrderBy(l => l.Key).Select(l => $"{l.Key}:{l.Value}").ShouldBe(["kind:a lecture", "room:3", "url:a=b"]);
    }

    [Theory]
    [InlineData("streamRecorderSegmentationType: none\nstreamRecorderSegmentDuration: 60000")]
    [InlineData("streamRecorderSegmentDuration: 60000")]
    [InlineData("streamRecorderSegmentSize: 60000")]
    [InlineData("streamRecorderSegmentSchedule: '0 0 * * * *'")]
    [InlineData("streamRecorderSegmentationType:")]
    [InlineData("recordingSplitDuration:")]
    [InlineData("recordingTimeZone: Europe/Berlin")]
    public void Without_a_type_or_a_condition_nothing_is_split(string properties) => Read(properties).Split.ShouldBeNull();

    [Fact]
    public void Ours_win()
    {
        var wowza = "streamRecorderVersioningOption: overwrite\nstreamRecorderSegmentationType: duration\nstreamRecorderSegmentDuration: 60000";
        var options = Read("recordingExistingFile: append\nrecordingSplitDuration: 5s", wowza);
        options.ExistingFile.ShouldBe(ExistingFile.Append);
        options.Split.ShouldBe(new SplitOptions { Duration = TimeSpan.FromSeconds(5) });
        Read("recordingSplitBytes: 1MiB", "streamRecorderSegmentationType: size\nstreamRecorderSegmentSize: 5").Split.ShouldBe(new SplitOptions { Bytes = 1 << 20 });
        Read("recordingSplitSchedule: 5 * * * *", "streamRecorderSegmentationType: schedule\nstreamRecorderSegmentSchedule: '0 0 * * * *'")
            .Split.ShouldBe(new SplitOptions { Schedule = "5 * * * *" });
    }

    [Theory]
    [InlineData("recordingExistingFile: replace", "write one of version, append, overwrite")]
    [InlineData("recordingExistingFile: 1", "write one of version, append, overwrite")]
    [InlineData("recordingExistingFile: overwritte", "did you mean 'overwrite'?")]
    [InlineData("recordingTracks: sound", "write one of all, video, audio")]
    [InlineData("recordingMaxDuration: 10", "write 10s or 10ms")]
    [InlineData("recordingMaxDuration: long", "such as 500ms, 10s, 30min or 1h")]
    [InlineData("recordingMaxDuration: 0s", "must be more than nothing; remove it to have no limit")]
    [InlineData("recordingMaxBytes: much", "such as 64KiB, 16MiB or 1048576")]
    [InlineData("recordingMaxBytes: 0", "must be more than nothing; remove it to have no limit")]
    [InlineData("recordingMaxBytes: -5", "must be more than nothing; remove it to have no limit")]
    [InlineData("recordingSplitDuration: soon", "such as 500ms, 10s, 30min or 1h")]
    [InlineData("recordingSplitDuration: -1s", "must be more than nothing; remove it to have no limit")]
    [InlineData("recordingSplitBytes: 1.5", "such as 64KiB, 16MiB or 1048576")]
    [InlineData("recordingSplitBytes: 0B", "must be more than nothing; remove it to have no limit")]
    [InlineData("recordingSplitSchedule: hourly", "A cron expression has 5 fields, or 6 with seconds first")]
    [InlineData("recordingSplitSchedule: 0 25 * * *", "(position 3)")]
    [InlineData("recordingName: '{strem}'", "did you mean 'stream'?")]
    [InlineData("recordingName: 'a{stream'", "write '{{' if it is meant")]
    [InlineData("recordingName: '{startTime@Mars/Base:yyyy}'", "such as Europe/Berlin")]
    [InlineData("recordingVersioning: rename", "write one of number, renameOld, renameOldFromZero, stamp, parts")]
    [InlineData("recordingStampName: '{basename}'", "did you mean 'baseName'?")]
    [InlineData("recordingNameEncoding: base32", "write one of none, hex, base64")]
    [InlineData("recordingDurability: full", "write one of none, fragment, strict")]
    [InlineData("recordingMp4Index: start", "write one of end, front")]
    [InlineData("recordingMp4ExpectedDuration: 0s", "must be more than nothing")]
    [InlineData("recordingCodecChange: split", "write one of newFile, sameFile")]
    [InlineData("recordingWinQtCompat: yes", "write true or false")]
    [InlineData("recordingLabels: 'a=1, b'", "'b' is no label; write key=value, key=value")]
    [InlineData("streamRecorderFileVersionDelegate: com.example.Mine", "or set recordingVersioning instead")]
    [InlineData("streamRecorderFileVersionTemplate: '${SegmentNumbr}'", "did you mean 'SegmentNumber'?")]
    [InlineData("streamRecorderVersioningOption: keep", "write one of version, append, overwrite")]
    [InlineData("streamRecorderStartOnKeyFrame: yes", "write true or false")]
    [InlineData("streamRecorderRecordData: 1", "write true or false")]
    [InlineData("streamRecorderSegmentationType: hours", "write one of none, duration, size, schedule")]
    public void A_bad_value_is_refused_with_its_place_and_the_remedy(string property, string remedy) => ShouldBeRefused(property, remedy, line: 3);

    [Theory]
    [InlineData("streamRecorderSegmentationType: duration\nstreamRecorderSegmentDuration: 10s", "write a whole number")]
    [InlineData("streamRecorderSegmentationType: duration\nstreamRecorderSegmentDuration: 0", "must be more than nothing")]
    [InlineData("streamRecorderSegmentationType: duration\nstreamRecorderSegmentDuration: 9223372036854775807", "write a smaller number")]
    [InlineData("streamRecorderSegmentationType: size\nstreamRecorderSegmentSize: big", "write a whole number")]
    [InlineData("streamRecorderSegmentationType: size\nstreamRecorderSegmentSize: -1", "must be more than nothing")]
    [InlineData("streamRecorderSegmentationType: schedule\nstreamRecorderSegmentSchedule: '0 0 0 * * * *'", "has 7")]
    [InlineData("recordingSplitDuration: 1h\nrecordingTimeZone: Mars/Base", "Mars/Base")]
    public void So_is_a_value_that_counts_only_with_another(string properties, string remedy) => ShouldBeRefused(properties, remedy, line: 4);

    [Fact]
    public void A_time_zone_is_looked_at_even_when_nothing_is_split() => ShouldBeRefused("recordingTimeZone: Mars/Base", "Mars/Base", line: 3);

    [Fact]
    public void All_errors_are_shown_at_once_in_order()
    {
        var errors = Errors("""
            recordingTracks: both
            recordingName: '{'
            recordingSplitSchedule: never
            recordingMaxBytes: 0
            recordingTimeZone: Nowhere
            streamRecorderRecordData: maybe
            """);
        errors.Select(e => e.Split(':')[1]).ShouldBe(["3", "4", "5", "6", "7", "8"]);
        errors.Select(e => e.Split(' ')[1].TrimEnd(':')).ShouldBe(
            ["recordingTracks", "recordingName", "recordingSplitSchedule", "recordingMaxBytes", "recordingTimeZone", "streamRecorderRecordData"]);
    }

    private void ShouldBeRefused(string properties, string remedy, int line)
    {
        var last = properties.Split('\n')[^1].Split(": ");
        var error = Errors(properties).ShouldHaveSingleItem();
        error.ShouldStartWith($":{line}:{last[0].Length + 5}: ");
        error.ShouldContain(remedy);
    }
}
