using Tapedeck.LiveStreamRecord.Tests.Fakes;
using Tapedeck.Modules;
using Tapedeck.Recordings;

namespace Tapedeck.LiveStreamRecord.Tests;

/// <summary>Every layout of the command that clients are known, or thought, to send.</summary>
public sealed class ArgumentFormTests
{
    private static readonly (string, object?)[] Sample =
        [("format", "flv"), ("append", false), ("startOnKeyFrame", false), ("recordData", false), ("versionFile", true)];

    private static readonly IReadOnlyDictionary<string, object?> Options = Amf.Object(Sample);

    private static readonly Dictionary<string, (object? CommandObject, object?[] Arguments, bool SaysOptions)> Forms = new()
    {
        ["name, object"] = (null, ["cam", Options], true),
        ["name, object, null"] = (null, ["cam", Options, null], true),
        ["null, name, object"] = (null, [null, "cam", Options], true),
        ["name, object with cmd2"] = (null, ["cam", Amf.Object(("cmd2", Options))], true),
        ["object with cmd2"] = (null, [Amf.Object(("streamName", "cam"), ("cmd2", Options))], true),
        ["object with cmd2, keys in other case"] = (null, [Amf.Object(("STREAMNAME", "cam"), ("Cmd2", Options))], true),
        ["object with name in cmd2"] = (null, [Amf.Object(("cmd2", Amf.Object([("streamName", "cam"), .. Sample])))], true),
        ["object with cmd2 null"] = (null, [Amf.Object([("streamName", "cam"), ("cmd2", null), .. Sample])], true),
        ["flat object"] = (null, [Amf.Object([("streamName", "cam"), .. Sample])], true),
        ["flat object, lower case"] = (null, [Amf.Object([("streamname", "cam"), .. Sample.Select(m => (m.Item1.ToLowerInvariant(), m.Item2))])], true),
        ["two objects"] = (null, [Amf.Object(("streamName", "cam")), Options], true),
        ["object, name"] = (null, [Options, "cam"], true),
        ["own name before streamName"] = (null, ["cam", Amf.Object([("streamName", "other"), .. Sample])], true),
        ["name with prefix and query"] = (null, ["mp4:cam?token=1&x=y", Options], true),
        ["command object: object with cmd2"] = (Amf.Object(("streamName", "cam"), ("cmd2", Options)), [], true),
        ["command object: object with cmd2, null"] = (Amf.Object(("streamName", "cam"), ("cmd2", Options)), [null], true),
        ["command object: flat object"] = (Amf.Object([("streamName", "cam"), .. Sample]), [], true),
        ["command object: name"] = ("cam", [Options], true),
        ["command object: name object, then options"] = (Amf.Object(("streamName", "cam")), [Options], true),
        ["command object: empty"] = (Amf.Object(), ["cam", Options], true),
        ["command object: overridden"] = (Amf.Object(("streamName", "other"), ("format", "mp4"), ("recordData", true)), ["cam", Options], true),
        ["object only"] = (null, [Options], true),
        ["object only with empty name"] = (null, [Amf.Object([("streamName", ""), .. Sample])], true),
        ["empty name, object"] = (null, ["", Options], true),
        ["command object: options only"] = (Options, [], true),
        ["name only"] = (null, ["cam"], false),
        ["name, null"] = (null, ["cam", null], false),
        ["name, empty object"] = (null, ["cam", Amf.Object()], false),
        ["command object: name only"] = ("cam", [], false),
        ["nothing"] = (null, [], false),
        ["null"] = (null, [null], false),
        ["empty object"] = (null, [Amf.Object()], false),
    };

    public static TheoryData<string> All => [.. Forms.Keys];

    [Theory]
    [MemberData(nameof(All))]
    public async Task Start_understands(string form)
    {
        var (commandObject, arguments, saysOptions) = Forms[form];
        var setup = new Setup("cam");

        var result = await setup.StartWithCommandObjectAsync(commandObject, arguments);

        result.ErrorDescription.ShouldBeNull();
        setup.Recording.Stream.Name.ShouldBe("cam");
        setup.Recording.Options.ShouldBe(saysOptions
            ? new RecordingOptions { Format = RecordingFormat.Flv, StartOnKeyFrame = false, RecordData = false }
            : new RecordingOptions { Format = RecordingFormat.Mp4 });
        result.Value.ShouldBe(saysOptions ? "/content/cam.flv" : "/content/cam.mp4");
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Stop_understands(string form)
    {
        var (commandObject, arguments, _) = Forms[form];
        var setup = new Setup("cam");
        await setup.StartAsync("cam");

        var result = await setup.StopWithCommandObjectAsync(commandObject, arguments);

        result.IsSuccess.ShouldBeTrue(result.ErrorDescription);
        setup.Recording.EndReason.ShouldBe(RecordingEndReason.Stopped);
    }

    [Fact]
    public async Task Stop_does_not_mind_options_that_start_would_refuse()
    {
        var setup = new Setup("cam");
        await setup.StartAsync();

        var result = await setup.StopAsync("cam", Amf.Object(("format", "avi")));

        result.IsSuccess.ShouldBeTrue(result.ErrorDescription);
    }

    public static TheoryData<string, string> Unreadable => new()
    {
        { "two texts", "startRecording got two names, 'cam' and 'mp4'; give one stream name and then an object with options." },
        { "number", "startRecording got the number 1; give a stream name (text) and then an object with options, each of which may be left out." },
        { "boolean", "startRecording got a boolean; give a stream name (text) and then an object with options, each of which may be left out." },
        { "array", "startRecording got an array; give a stream name (text) and then an object with options, each of which may be left out." },
        { "cmd2", "cmd2 is the text 'mp4'; it must be an object with options." },
        { "streamName", "streamName is the number 7; it must be a text." },
    };

    [Theory]
    [MemberData(nameof(Unreadable))]
    public async Task What_cannot_be_read_is_refused(string what, string description)
    {
        object?[] arguments = what switch
        {
            "two texts" => ["cam", "mp4"],
            "number" => ["cam", 1.0],
            "boolean" => [true],
            "array" => [new List<object?> { "cam" }],
            "cmd2" => [Amf.Object(("streamName", "cam"), ("cmd2", "mp4"))],
            _ => [Amf.Object(("streamName", 7.0))],
        };
        var setup = new Setup("cam");

        var result = await setup.StartAsync(arguments);

        result.ErrorCode.ShouldBe("NetStream.Record.Failed");
        result.ErrorDescription.ShouldBe(description);
        setup.Recorder.Started.ShouldBeEmpty();
    }

    [Fact]
    public void The_commands_and_the_class_are_found_by_Wowzas_names()
    {
        var type = typeof(LiveStreamRecordModule);
        type.FullName.ShouldBe("Tapedeck.LiveStreamRecord.LiveStreamRecordModule");
        type.GetCustomAttributes(typeof(ModuleAliasAttribute), false).Cast<ModuleAliasAttribute>()
            .ShouldHaveSingleItem().Name.ShouldBe("com.wowza.wms.plugin.livestreamrecord.ModuleLiveStreamRecord");
        var commands = type.GetMethods().SelectMany(m => m.GetCustomAttributes(typeof(CommandAttribute), false)).Cast<CommandAttribute>();
        commands.Select(c => c.Name).ShouldBe(["startRecording", "stopRecording", "splitRecording", "pauseRecording", "resumeRecording", "labelRecording"], ignoreOrder: true);
    }
}
