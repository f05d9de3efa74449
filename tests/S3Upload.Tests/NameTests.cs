using Amazon.S3.Model;
using Tapedeck.Steps;
using Tapedeck.UploadBench;

namespace Tapedeck.S3Upload.Tests;

[Collection(SwiftCollection.Name)]
public sealed class NameTests(SwiftFixture swift) : StoreTest(swift)
{
    [Fact]
    public async Task Another_object_of_the_name_is_never_replaced()
    {
        await PutAsync("cam.mp4", "another's");
        var path = MakeFile("cam.mp4", 100);

        var result = await RunAsync(Module(), new KeptStep(path));

        result.ShouldBe(StepResult.Done($"s3://{Bucket}/cam_0.mp4"));
        await MustHoldAsync("cam_0.mp4", path);
        (await TextAsync("cam.mp4")).ShouldBe("another's");
    }

    [Fact]
    public async Task It_is_replaced_when_the_application_says_so()
    {
        await PutAsync("cam.mp4", "another's");
        var path = MakeFile("cam.mp4", 100);

        var result = await RunAsync(Module(o => o.VersionFile = false), new KeptStep(path));

        result.ShouldBe(StepResult.Done($"s3://{Bucket}/cam.mp4"));
        await MustHoldAsync("cam.mp4", path);
    }

    [Fact]
    public async Task With_versioning_the_recorders_number_comes_off_first()
    {
        var path = MakeFile("cam_7.mp4", 100);
        var again = MakeFile("cam_8.mp4", 100, seed: 2);
        var module = Module(o => o.VersionFile = true);

        (await RunAsync(module, new KeptStep(path))).Detail.ShouldBe($"s3://{Bucket}/cam.mp4");
        (await RunAsync(module, new KeptStep(again))).Detail.ShouldBe($"s3://{Bucket}/cam_0.mp4");
        (await RunAsync(Module(o => (o.VersionFile, o.StripRecorderVersioning) = (true, false)), new KeptStep(path, "x/cam_7.mp4"))).Detail.ShouldBe($"s3://{Bucket}/x/cam_7.mp4");
    }

    [Fact]
    public async Task The_same_content_counts_as_done()
    {
        var path = MakeFile("cam.mp4", 100);
        (await RunAsync(Module(), new KeptStep(path))).Outcome.ShouldBe(StepOutcome.Done);
        Proxy.Forget();

        var result = await RunAsync(Module(), new KeptStep(path));

        result.ShouldBe(StepResult.Done($"s3://{Bucket}/cam.mp4"));
        Proxy.Requests.Select(r => r.Method).ShouldBe(["HEAD"]);
    }

    [Fact]
    public async Task The_hundredth_object_of_a_name_takes_few_looks()
    {
        await PutAsync("cam.mp4", "first");
        for (var i = 0; i < 20; i++)
            await PutAsync($"cam_{i}.mp4", "others");

        var result = await RunAsync(Module(), new KeptStep(MakeFile("cam.mp4", 100)));

        result.Detail.ShouldBe($"s3://{Bucket}/cam_20.mp4");
        Proxy.Requests.Count(r => r.Method == "HEAD").ShouldBeLessThan(16);
    }

    [Fact]
    public async Task Files_of_one_name_that_go_up_together_all_arrive()
    {
        var module = Module();
        var other = Module(); // another application instance that fills the same bucket
        var paths = Enumerable.Range(0, 8).Select(i => MakeFile($"{i}/cam.mp4", 200, seed: i + 1)).ToArray();

        var results = await Task.WhenAll(paths.Select((p, i) => RunAsync(i % 2 == 0 ? module : other, new KeptStep(p, "cam.mp4"))));

        results.ShouldAllBe(r => r.Outcome == StepOutcome.Done);
        results.Select(r => r.Detail).Distinct().Count().ShouldBe(8);
        for (var i = 0; i < paths.Length; i++)
            await MustHoldAsync(results[i].Detail![$"s3://{Bucket}/".Length..], paths[i]);
    }

    [Fact]
    public async Task Names_come_from_the_template_below_root_and_prefix()
    {
        var module = Module(o => (o.Root, o.FilePrefix, o.Key) = ("/archive/", "${com.wowza.wms.context.Application}", "{startTime:yyyy/MM/dd}/{stream}-{sequence:000}.{extension}"));
        var step = new KeptStep(MakeFile("x.mp4", 100));
        step.Recorded = step.Recorded with { Stream = "../a b/ü" };

        var result = await RunAsync(module, step);

        result.Detail.ShouldBe($"s3://{Bucket}/archive/live/2026/01/31/%2E%2E/a%20b/%C3%BC-000.mp4");
        (await KeysAsync()).ShouldBe(["archive/live/2026/01/31/%2E%2E/a%20b/%C3%BC-000.mp4"]);
    }

    [Fact]
    public async Task The_argument_of_the_step_is_a_template_too()
    {
        var step = new KeptStep(MakeFile("x.mp4", 100)) { Listed = new("s3-upload", "copies/{file}") };
        (await RunAsync(Module(), step)).Detail.ShouldBe($"s3://{Bucket}/copies/x.mp4");
    }

    private async Task PutAsync(string key, string text) => await Client.PutObjectAsync(new PutObjectRequest { BucketName = Bucket, Key = key, ContentBody = text, UseChunkEncoding = false });

    private async Task<string> TextAsync(string key)
    {
        using var answer = await Client.GetObjectAsync(Bucket, key);
        using var reader = new StreamReader(answer.ResponseStream);
        return await reader.ReadToEndAsync();
    }
}
