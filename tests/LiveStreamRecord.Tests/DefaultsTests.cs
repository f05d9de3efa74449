using Tapedeck.LiveStreamRecord.Tests.Fakes;
using Tapedeck.Modules;
using Tapedeck.Recordings;

namespace Tapedeck.LiveStreamRecord.Tests;

/// <summary>What comes from the application, and labels, which lie over its own.</summary>
public sealed class DefaultsTests
{
    [Fact]
    public async Task What_nobody_says_is_as_the_application_records()
    {
        var application = new RecordingOptions
        {
            ExistingFile = ExistingFile.Overwrite,
            Versioning = FileVersioning.Stamp,
            StartOnKeyFrame = false,
            RecordData = false,
            Split = new SplitOptions { Bytes = 5 },
            MaxBytes = 7,
            Tracks = TrackSelection.Audio,
            Naming = new NamingOptions { Template = "{stream}" },
            Durability = Durability.Strict,
            Mp4 = new Mp4Options { WinQtCompat = true },
            Labels = new Dictionary<string, string> { ["a"] = "1" },
        };
        var setup = new Setup("cam");
        setup.Recorder.Defaults = application;
        (await setup.OptionsOfStartAsync("cam")).ShouldBe(application with { Format = RecordingFormat.Mp4 });
    }

    [Fact]
    public async Task Labels_of_the_command_lie_over_those_of_the_application()
    {
        var setup = new Setup("cam");
        setup.Recorder.Defaults = new RecordingOptions { Labels = new Dictionary<string, string> { ["a"] = "1", ["b"] = "2", ["c"] = "3" } };
        var options = await setup.OptionsOfStartAsync("cam", Amf.Object(("labels", Amf.Object(("b", 2.5), ("c", null), ("d", true)))));
        options.Labels.OrderBy(l => l.Key).Select(l => $"{l.Key}={l.Value}").ShouldBe(["a=1", "b=2.5", "d=true"]);
    }

    [Fact]
    public async Task Labels_are_set_while_it_runs()
    {
        var setup = new Setup("cam");
        await setup.StartAsync("cam", Amf.Object(("labels", Amf.Object(("a", "1"), ("b", "2")))));
        var answer = await setup.Module.LabelRecordingAsync(
            new CommandCall("labelRecording", setup.Client, null, new CommandArguments(["cam", Amf.Object(("a", null), ("c", "3"))])), default);
        answer.ErrorDescription.ShouldBeNull();
        setup.Recording.Labels.OrderBy(l => l.Key).Select(l => $"{l.Key}={l.Value}").ShouldBe(["b=2", "c=3"]);
    }
}
