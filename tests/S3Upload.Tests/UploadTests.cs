using Tapedeck.Steps;
using Tapedeck.UploadBench;

namespace Tapedeck.S3Upload.Tests;

[Collection(SwiftCollection.Name)]
public sealed class UploadTests(SwiftFixture swift) : StoreTest(swift)
{
    [Fact]
    public async Task A_small_file_goes_up_in_one_put_and_is_looked_at_afterwards()
    {
        var path = MakeFile("cam.mp4", 10_000);
        var step = new KeptStep(path, "day/cam.mp4");

        var result = await RunAsync(Module(), step);

        result.ShouldBe(StepResult.Done($"s3://{Bucket}/day/cam.mp4"));
        await MustHoldAsync("day/cam.mp4", path);
        Proxy.Requests.Select(r => r.Method).ShouldBe(["HEAD", "PUT", "HEAD"]);
        File.Exists(path).ShouldBeTrue();
        step.File!.Sha256.ShouldNotBeNull();
        var head = await Client.GetObjectMetadataAsync(Bucket, "day/cam.mp4");
        head.Headers.ContentType.ShouldBe("video/mp4");
    }

    [Fact]
    public async Task A_larger_file_goes_up_in_parts_each_kept_with_the_step()
    {
        var path = MakeFile("cam.mp4", (3 * 65536) + 100);
        var step = new KeptStep(path);

        var result = await RunAsync(Module(), step);

        result.Outcome.ShouldBe(StepOutcome.Done, result.Detail);
        await MustHoldAsync("cam.mp4", path);
        Proxy.Requests.Count(r => r.IsPart).ShouldBe(4);
        step.Saves.ShouldBe(5); // the upload's name, and four parts
    }
}
