using Tapedeck.Steps;
using Tapedeck.UploadBench;

namespace Tapedeck.S3Upload.Tests;

/// <summary>The second destination, and what becomes of the local file.</summary>
[Collection(SwiftCollection.Name)]
public sealed class DestinationTests(SwiftFixture swift) : StoreTest(swift)
{
    [Fact]
    public async Task The_second_destination_takes_turns_after_so_many_failures()
    {
        var second = await Swift.BucketAsync();
        var path = MakeFile("cam.mp4", 100);
        var step = new KeptStep(path);
        var module = Module(o =>
        {
            (o.Endpoint, o.FallbackAfter) = ("http://127.0.0.1:1", 2);
            (o.FallbackBucketName, o.FallbackEndpoint, o.FallbackAccessKey, o.FallbackSecretKey, o.FallbackRoot) = (second, Proxy.Endpoint, SwiftServer.AccessKey, SwiftServer.SecretKey, "late");
        });

        (await RunAsync(module, step)).Outcome.ShouldBe(StepOutcome.Retry);
        Proxy.Requests.ShouldBeEmpty();
        (await RunAsync(module, step)).Outcome.ShouldBe(StepOutcome.Retry);
        (await RunAsync(module, step)).ShouldBe(StepResult.Done($"s3://{second}/late/cam.mp4"));
    }

    [Fact]
    public async Task When_both_fail_they_take_turns_and_parts_in_the_first_are_given_up_when_the_second_has_it()
    {
        var path = MakeFile("cam.mp4", 2 * (64 << 10));
        var folder = Path.Combine(Folder, "second");
        var step = new KeptStep(path);
        var module = Module(o => (o.FallbackAfter, o.FallbackType, o.FallbackRoot) = (1, UploadTargetType.Fs, folder));
        Proxy.Plan = r => r.Target.Contains("partNumber=2", StringComparison.Ordinal) ? Fault.Busy : Fault.None;

        (await RunAsync(module, step)).Detail.ShouldNotBeNull().ShouldContain(Bucket);
        (await RunAsync(module, step)).Detail.ShouldNotBeNull().ShouldContain("s3UploadFallbackRoot");
        (await RunAsync(module, step)).Detail.ShouldNotBeNull().ShouldContain(Bucket);
        Directory.CreateDirectory(folder);
        (await RunAsync(module, step)).ShouldBe(StepResult.Done(Path.Combine(folder, "cam.mp4")));

        (await Client.ListMultipartUploadsAsync(Bucket)).MultipartUploads.ShouldBeNull();
    }

    [Theory]
    [InlineData(true, null, true)]
    [InlineData(false, null, false)]
    [InlineData(true, false, false)] // the old spelling goes first
    [InlineData(false, true, true)]
    public async Task The_local_file_is_deleted_after_the_upload_was_verified(bool delete, bool? delet, bool isDeleted)
    {
        var step = new KeptStep(MakeFile("cam.mp4", 100));
        (await RunAsync(Module(o => (o.DeleteOriginalFiles, o.DeletOriginalFiles) = (delete, delet)), step)).Outcome.ShouldBe(StepOutcome.Done);
        step.IsDeleted.ShouldBe(isDeleted);
    }

    [Fact]
    public async Task It_is_not_deleted_when_the_store_has_something_else()
    {
        var step = new KeptStep(MakeFile("cam.mp4", 100));
        // The store says that all is well, and has nothing.
        Proxy.Plan = r => r.Method == "PUT" ? Fault.ErrorInBody : Fault.None;
        var result = await RunAsync(Module(o => o.DeleteOriginalFiles = true), step);
        result.Outcome.ShouldBe(StepOutcome.Retry);
        step.IsDeleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Ended_between_deletion_and_its_note_the_step_is_done_all_the_same()
    {
        var path = MakeFile("cam.mp4", 100);
        var step = new KeptStep(path);
        var module = Module(o => o.DeleteOriginalFiles = true);
        (await RunAsync(module, step)).Outcome.ShouldBe(StepOutcome.Done);
        File.Exists(path).ShouldBeFalse();

        (await RunAsync(module, step)).ShouldBe(StepResult.Done($"s3://{Bucket}/cam.mp4"));
    }
}
