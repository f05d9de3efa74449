using Tapedeck.Steps;
using Tapedeck.UploadBench;
using Microsoft.Extensions.Logging.Abstractions;

namespace Tapedeck.S3Upload.Tests;

/// <summary>Another folder as the destination.</summary>
public sealed class FolderTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("tapedeck-folder-").FullName;

    public FolderTests() => Directory.CreateDirectory(Target);

    private string Target => Path.Combine(_root, "target");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task A_file_appears_whole_under_its_name()
    {
        var path = Make("cam.mp4", "content");
        var result = await RunAsync(new KeptStep(path, "day/cam.mp4"));
        var copy = Path.Combine(Target, "day", "cam.mp4");
        result.ShouldBe(StepResult.Done(copy));
        (await File.ReadAllTextAsync(copy)).ShouldBe("content");
        Directory.GetFiles(Target, "*", SearchOption.AllDirectories).ShouldBe([copy]);
    }

    [Fact]
    public async Task Another_file_of_the_name_stays_and_the_same_content_counts()
    {
        await File.WriteAllTextAsync(Path.Combine(Target, "cam.mp4"), "another");
        var path = Make("cam.mp4", "content");
        (await RunAsync(new KeptStep(path))).Detail.ShouldBe(Path.Combine(Target, "cam_0.mp4"));
        (await RunAsync(new KeptStep(path))).Detail.ShouldBe(Path.Combine(Target, "cam_0.mp4"));
        (await File.ReadAllTextAsync(Path.Combine(Target, "cam.mp4"))).ShouldBe("another");
    }

    [Fact]
    public async Task It_is_replaced_when_the_application_says_so()
    {
        await File.WriteAllTextAsync(Path.Combine(Target, "cam.mp4"), "another");
        (await RunAsync(new KeptStep(Make("cam.mp4", "content")), o => o.VersionFile = false)).Outcome.ShouldBe(StepOutcome.Done);
        (await File.ReadAllTextAsync(Path.Combine(Target, "cam.mp4"))).ShouldBe("content");
    }

    [Fact]
    public async Task A_folder_that_is_not_there_is_never_made()
    {
        Directory.Delete(Target);
        var result = await RunAsync(new KeptStep(Make("cam.mp4", "content")));
        result.Outcome.ShouldBe(StepOutcome.Retry);
        result.Detail.ShouldNotBeNull().ShouldContain("s3UploadRoot");
        Directory.Exists(Target).ShouldBeFalse();
    }

    [Fact]
    public async Task The_recordings_own_folder_is_refused_so_that_nothing_is_deleted()
    {
        var path = Path.Combine(Target, "cam.mp4");
        await File.WriteAllTextAsync(path, "content");
        var step = new KeptStep(path);
        (await RunAsync(step, o => o.DeleteOriginalFiles = true)).Outcome.ShouldBe(StepOutcome.Failed);
        step.IsDeleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_name_that_a_client_chose_stays_inside()
    {
        var step = new KeptStep(Make("cam.mp4", "content"));
        step.Recorded = step.Recorded with { Stream = "../../up" };
        var result = await RunAsync(step, o => o.Key = "{stream}.mp4");
        result.Detail.ShouldNotBeNull().ShouldStartWith(Target + "/");
    }

    [Fact]
    public async Task The_original_is_deleted_when_the_copy_was_verified()
    {
        var step = new KeptStep(Make("cam.mp4", "content"));
        (await RunAsync(step, o => o.DeleteOriginalFiles = true)).Outcome.ShouldBe(StepOutcome.Done);
        step.IsDeleted.ShouldBeTrue();
    }

    private string Make(string name, string content)
    {
        var path = Path.Combine(_root, name);
        File.WriteAllText(path, content);
        return path;
    }

    private async Task<StepResult> RunAsync(KeptStep step, Action<S3UploadOptions>? change = null)
    {
        var options = new S3UploadOptions { Type = UploadTargetType.Fs, Root = Target };
        change?.Invoke(options);
        await using var module = new S3UploadModule(options, TimeProvider.System, NullLogger<S3UploadModule>.Instance);
        return await module.RunStepAsync(step, CancellationToken.None);
    }
}
