using Tapedeck.Steps;
using Tapedeck.UploadBench;

namespace Tapedeck.S3Upload.Tests;

[Collection(SwiftCollection.Name)]
public sealed class FaultTests(SwiftFixture swift) : StoreTest(swift)
{
    private const int Part = 64 << 10;

    [Theory]
    [InlineData("Busy")]
    [InlineData("Reset")]
    [InlineData("Half")]
    [InlineData("LostReply")]
    [InlineData("Corrupt")]
    public async Task A_put_that_is_harmed_for_long_is_tried_again_until_it_is_right(string harm)
    {
        var path = MakeFile("cam.mp4", 30_000);
        var step = new KeptStep(path);
        var module = Module();
        Proxy.Plan = r => r.Method == "PUT" ? Enum.Parse<Fault>(harm) : Fault.None;

        var result = await RunAsync(module, step);
        result.Outcome.ShouldBe(StepOutcome.Retry);
        result.Detail.ShouldNotBeNull().ShouldContain(Bucket);
        (await KeysAsync()).ShouldBe(harm == "LostReply" ? ["cam.mp4"] : []);
        Proxy.Plan = _ => Fault.None;
        result = await RunAsync(module, step);

        result.ShouldBe(StepResult.Done($"s3://{Bucket}/cam.mp4"));
        await MustHoldAsync("cam.mp4", path);
        (await KeysAsync()).ShouldBe(["cam.mp4"]);
    }

    [Fact]
    public async Task Finished_parts_are_not_sent_again_when_one_fails()
    {
        var path = MakeFile("cam.mp4", (5 * Part) + 1);
        var step = new KeptStep(path);
        var module = Module();
        Proxy.Plan = r => r.Target.Contains("partNumber=3", StringComparison.Ordinal) ? Fault.Busy : Fault.None;
        (await RunAsync(module, step)).Outcome.ShouldBe(StepOutcome.Retry);

        Proxy.Plan = _ => Fault.None;
        (await RunAsync(module, step)).Outcome.ShouldBe(StepOutcome.Done);

        await MustHoldAsync("cam.mp4", path);
        PartsThatArrived().ShouldBe([1, 2, 3, 4, 5, 6]);
    }

    [Fact]
    public async Task A_part_that_arrived_though_its_answer_was_lost_is_not_sent_again()
    {
        var path = MakeFile("cam.mp4", 3 * Part);
        var step = new KeptStep(path);
        var module = Module();
        // The store takes part 2, we are not told; then it goes away.
        var lost = false;
        Proxy.Plan = r =>
        {
            if (!r.Target.Contains("partNumber=2", StringComparison.Ordinal))
                return Fault.None;
            var fault = lost ? Fault.Busy : Fault.LostReply;
            lost = true;
            return fault;
        };
        (await RunAsync(module, step)).Outcome.ShouldBe(StepOutcome.Retry);

        Proxy.Plan = _ => Fault.None;
        (await RunAsync(module, step)).Outcome.ShouldBe(StepOutcome.Done);

        await MustHoldAsync("cam.mp4", path);
        PartsThatArrived().ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task An_upload_that_was_completed_though_the_answer_was_lost_counts()
    {
        var path = MakeFile("cam.mp4", 2 * Part);
        var step = new KeptStep(path);
        var module = Module();
        Proxy.Plan = r => r.Method == "POST" && r.Target.Contains("uploadId=", StringComparison.Ordinal) ? Fault.LostReply : Fault.None;

        var result = await RunAsync(module, step);
        Proxy.Plan = _ => Fault.None;
        if (result.Outcome == StepOutcome.Retry)
            result = await RunAsync(module, step);

        result.Outcome.ShouldBe(StepOutcome.Done, result.Detail);
        await MustHoldAsync("cam.mp4", path);
        PartsThatArrived().ShouldBe([1, 2]);
    }

    [Fact]
    public async Task A_success_with_an_error_in_its_body_is_a_failure()
    {
        var path = MakeFile("cam.mp4", 2 * Part);
        var step = new KeptStep(path);
        var module = Module();
        Proxy.Plan = r => r.Method == "POST" && r.Target.Contains("uploadId=", StringComparison.Ordinal) ? Fault.ErrorInBody : Fault.None;
        (await RunAsync(module, step)).Outcome.ShouldBe(StepOutcome.Retry);
        (await KeysAsync()).ShouldBeEmpty();

        Proxy.Plan = _ => Fault.None;
        (await RunAsync(module, step)).Outcome.ShouldBe(StepOutcome.Done);
        await MustHoldAsync("cam.mp4", path);
        PartsThatArrived().ShouldBe([1, 2]);
    }

    [Fact]
    public async Task An_upload_that_the_store_forgot_begins_anew()
    {
        var path = MakeFile("cam.mp4", 2 * Part);
        var step = new KeptStep(path);
        var module = Module();
        Proxy.Plan = r => r.Target.Contains("partNumber=2", StringComparison.Ordinal) ? Fault.Busy : Fault.None;
        (await RunAsync(module, step)).Outcome.ShouldBe(StepOutcome.Retry);
        var upload = UploadProgress.Read(step.Progress).Targets.Values.Single().UploadId.ShouldNotBeNull();
        await Client.AbortMultipartUploadAsync(new() { BucketName = Bucket, Key = "cam.mp4", UploadId = upload });

        Proxy.Plan = _ => Fault.None;
        (await RunAsync(module, step)).Outcome.ShouldBe(StepOutcome.Done);
        await MustHoldAsync("cam.mp4", path);
    }

    [Fact]
    public async Task A_file_that_changed_between_attempts_is_sent_anew()
    {
        var path = MakeFile("cam.mp4", 3 * Part);
        var step = new KeptStep(path);
        var module = Module();
        Proxy.Plan = r => r.Target.Contains("partNumber=3", StringComparison.Ordinal) ? Fault.Busy : Fault.None;
        (await RunAsync(module, step)).Outcome.ShouldBe(StepOutcome.Retry);

        MakeFile("cam.mp4", 2 * Part, seed: 2);
        File.SetLastWriteTimeUtc(path, new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Proxy.Plan = _ => Fault.None;
        (await RunAsync(module, step)).Outcome.ShouldBe(StepOutcome.Done);

        await MustHoldAsync("cam.mp4", path);
        (await Client.ListMultipartUploadsAsync(Bucket)).MultipartUploads.ShouldBeNull();
    }

    [Fact]
    public async Task A_store_that_neither_takes_nor_answers_is_given_up_after_the_time_that_is_set()
    {
        var step = new KeptStep(MakeFile("cam.mp4", 1000));
        Proxy.Plan = r => r.Method == "PUT" ? Fault.Stall : Fault.None;

        var result = await RunAsync(Module(o => o.StallTimeout = TimeSpan.FromMilliseconds(500)), step);

        result.Outcome.ShouldBe(StepOutcome.Retry);
        result.Detail.ShouldNotBeNull().ShouldContain("s3UploadStallTimeout");
    }

    [Fact]
    public async Task A_catalog_that_cannot_keep_the_progress_ends_the_attempt_and_what_was_sent_counts_later()
    {
        var path = MakeFile("cam.mp4", 3 * Part);
        var step = new KeptStep(path);
        var module = Module();
        var saves = 0;
        step.Saving = _ =>
        {
            if (++saves > 2)
                throw new StepException("The catalog's disk is full.");
        };
        var result = await RunAsync(module, step);
        result.ShouldBe(StepResult.Retry("The catalog's disk is full."));

        step.Saving = null;
        (await RunAsync(module, step)).Outcome.ShouldBe(StepOutcome.Done);
        await MustHoldAsync("cam.mp4", path);
        PartsThatArrived().ShouldBe([1, 2, 3]);
    }

    /// <summary>Numbers of the parts that the store took, in order.</summary>
    private int[] PartsThatArrived() => [.. Proxy.Requests.Where(r => r.IsPart && r.Status == 200).Select(PartOf).Order()];

    internal static int PartOf(ProxiedRequest request)
    {
        var from = request.Target.IndexOf("partNumber=", StringComparison.Ordinal) + 11;
        return int.Parse(new string([.. request.Target.Skip(from).TakeWhile(char.IsAsciiDigit)]), System.Globalization.CultureInfo.InvariantCulture);
    }
}
