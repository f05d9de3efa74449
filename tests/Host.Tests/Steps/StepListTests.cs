using Tapedeck.Host.Applications;
using Tapedeck.Host.Settings;
using Tapedeck.Host.Tests.Kit;
using Tapedeck.Steps;

namespace Tapedeck.Host.Tests.Steps;

/// <summary>The list of steps in application files.</summary>
public sealed class StepListTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly CollectedLog _log = new();

    public StepListTests() => _folder.Make("applications");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Yaml_lists_kinds_arguments_events_and_settings()
    {
        var model = Load("Application.yaml", "streamType: live\nsteps:\n  - script: rename.csx\n  - s3-upload\n  - webhook: https://example.org/hook\n    on: recordingEnded\n    secret: s\n  - delete-local\n");

        model.Steps.Select(s => (s.Definition.ToString(), s.Definition.On)).ShouldBe(
        [
            ("script: rename.csx", StepEvent.FileClosed), ("s3-upload", StepEvent.FileClosed),
            ("webhook: https://example.org/…", StepEvent.RecordingEnded), ("delete-local", StepEvent.FileClosed),
        ]);
        model.Steps[2].Definition.Argument.ShouldBe("https://example.org/hook");
        model.Steps[2].Definition.Options.ShouldHaveSingleItem().ShouldBe(new("secret", "s"));
        model.Steps[2].Location.Line.ShouldBe(5);
    }

    [Fact]
    public void Xml_lists_the_same()
    {
        var model = Load("Application.xml", """
            <Root><Application><Streams><StreamType>live</StreamType></Streams>
            <Steps>
              <Step>script: rename.csx</Step>
              <Step On="RecordingEnded" secret="s">webhook: https://example.org/hook</Step>
            </Steps></Application></Root>
            """);

        model.Steps.Select(s => (s.Definition.ToString(), s.Definition.On)).ShouldBe([("script: rename.csx", StepEvent.FileClosed), ("webhook: https://example.org/…", StepEvent.RecordingEnded)]);
        model.Steps[1].Definition.Options["secret"].ShouldBe("s");
    }

    [Theory]
    [InlineData("https://anna:geheim@example.org:8443/hook/geheim?token=geheim#geheim", "webhook: https://example.org:8443/…")]
    [InlineData("rename.csx", "webhook: rename.csx")]
    [InlineData("/opt/hook.sh", "webhook: /opt/hook.sh")]
    public void Logs_show_no_more_of_an_address_than_its_host(string argument, string shown) => new StepDefinition("webhook", argument).ToString().ShouldBe(shown);

    [Theory]
    [InlineData("  - Script: a.csx\n", "no kind of step")]
    [InlineData("  - webhook: https://x\n    on: recordingFinished\n", "there is no event 'recordingFinished'")]
    [InlineData("  - delete-local\n  - s3-upload\n", "there is none; list it behind the step that keeps a copy")]
    [InlineData("  - [a, b]\n", "a step is its kind")]
    public void What_cannot_be_meant_is_refused_with_its_place(string steps, string message)
    {
        _folder.Write("applications/app/Application.yaml", "streamType: live\nsteps:\n" + steps);
        var error = Catalog().FindRefused("app")!.Errors.ShouldHaveSingleItem();
        error.ToString().ShouldContain(message);
        error.Location.Line.ShouldBeGreaterThan(2);
    }

    [Fact]
    public void Folders_for_steps_are_absolute()
    {
        Load("Application.yaml", "streamType: live\nproperties:\n  stepDirectories: /archive|/mnt/nas\n").StepDirectories.ShouldBe(["/archive", "/mnt/nas"]);
        _folder.Write("applications/app/Application.yaml", "streamType: live\nproperties:\n  stepDirectories: archive\n");
        Catalog().FindRefused("app")!.Errors.ShouldHaveSingleItem().ToString().ShouldContain("no absolute path");
    }

    private ApplicationModel Load(string file, string text)
    {
        _folder.Write($"applications/app/{file}", text);
        return Catalog().Find("app").ShouldNotBeNull(string.Join("\n", _log.Lines));
    }

    private ApplicationCatalog Catalog() => ApplicationCatalog.Load(Home.Locate(_folder.Path, _folder.Path, _folder["installation"]), _log);
}
