using Microsoft.Extensions.Logging.Abstractions;
using Tapedeck.Steps;
using Tapedeck.UploadBench;

namespace Tapedeck.S3Upload.Tests;

/// <summary>What properties mean, and what is said of those that cannot be used.</summary>
public sealed class SettingTests
{
    [Theory]
    [InlineData(null, "s3UploadBucketName is missing")]
    [InlineData("My Bucket", "s3UploadBucketName is no name")]
    public void The_bucket(string? bucket, string said) => Problem(o => o.BucketName = bucket).ShouldContain(said);

    [Theory]
    [InlineData("https://user:pass@store.example.com")]
    [InlineData("https://store.example.com/path")]
    [InlineData("ftp://store.example.com")]
    public void An_endpoint_that_is_none_is_not_repeated(string endpoint)
    {
        var problem = Problem(o => o.Endpoint = endpoint);
        problem.ShouldContain("s3UploadEndpoint");
        problem.ShouldNotContain("pass@");
    }

    [Fact]
    public void Keys_go_together() => Problem(o => o.SecretKey = null).ShouldContain("s3UploadSecretKey is missing");

    [Fact]
    public void Without_the_default_chain_keys_must_be_given() =>
        Problem(o => (o.AccessKey, o.SecretKey, o.DisableConfigLoad) = (null, null, true)).ShouldContain("s3UploadAccessKey and s3UploadSecretKey are missing");

    [Fact]
    public void Without_the_default_region_one_must_be_given() =>
        Problem(o => (o.Endpoint, o.UseDefaultRegion) = (null, false)).ShouldContain("s3UploadRegion is missing");

    [Fact]
    public void Oss_needs_its_endpoint() => Problem(o => (o.Type, o.Endpoint) = (UploadTargetType.Oss, null)).ShouldContain("s3UploadEndpoint is missing");

    [Fact]
    public void A_folder_needs_a_whole_path() => Problem(o => (o.Type, o.Root) = (UploadTargetType.Fs, "relative")).ShouldContain("s3UploadRoot must be the absolute path");

    [Theory]
    [InlineData("{nonsense}", "knows no {nonsense}")]
    [InlineData("{stream", "without a '}'")]
    [InlineData("{label}", "knows no {label}")]
    public void The_template(string key, string said) => Problem(o => o.Key = key).ShouldContain(said);

    [Fact]
    public void Several_problems_are_told_together()
    {
        var problem = Problem(o => (o.BucketName, o.Window, o.CannedAcl, o.Encryption) = (null, "night", "everybody", "rot13"));
        problem.ShouldContain("s3UploadBucketName");
        problem.ShouldContain("s3UploadWindow");
        problem.ShouldContain("s3UploadCannedAcl");
        problem.ShouldContain("s3UploadEncryption");
    }

    [Theory]
    [InlineData("s3UploadTags", "a")]
    [InlineData("s3UploadMetadata", "sha256=1")]
    [InlineData("s3UploadMetadata", "bäd=1")]
    public void Lists_of_pairs(string property, string value) =>
        Problem(o => _ = property == "s3UploadTags" ? o.Tags = value : o.Metadata = value).ShouldContain(property);

    [Fact]
    public void Rights_of_a_group_need_both_properties() => Problem(o => o.ACLPermissionRule = "READ").ShouldContain("go together");

    [Fact]
    public void The_second_destination_names_its_own_properties() =>
        Problem(o => (o.FallbackBucketName, o.FallbackAccessKey) = ("second", "only-the-key")).ShouldContain("s3UploadFallbackSecretKey is missing");

    [Fact]
    public void A_step_has_no_options_of_its_own()
    {
        using var module = Make(_ => { });
        var step = new StepDefinition("s3-upload") { Options = new Dictionary<string, string> { ["bucket"] = "x" } };
        module.Value.CheckStep(step).ShouldNotBeNull().ShouldContain("no option 'bucket'");
    }

    [Fact]
    public void A_step_that_waits_for_an_event_without_a_file_is_wrong()
    {
        using var module = Make(_ => { });
        module.Value.CheckStep(new StepDefinition("s3-upload") { On = StepEvent.RecordingEnded }).ShouldNotBeNull().ShouldContain("FileClosed");
        module.Value.CheckStep(new StepDefinition("s3-upload")).ShouldBeNull();
    }

    [Fact]
    public void The_kind_runs_as_often_as_properties_say()
    {
        using var module = Make(o => o.Concurrency = 5);
        module.Value.StepKinds.ShouldHaveSingleItem().ShouldBe(new StepKind("s3-upload") { Concurrency = 5, Timeout = TimeSpan.FromHours(24) });
        module.Value.DefaultSteps.ShouldHaveSingleItem().Kind.ShouldBe("s3-upload");
    }

    [Theory]
    [InlineData("s3.eu-west-1.amazonaws.com", "eu-west-1")]
    [InlineData("https://s3-eu-west-1.amazonaws.com", "eu-west-1")]
    [InlineData("https://s3.dualstack.us-west-2.amazonaws.com", "us-west-2")]
    [InlineData("https://oss-cn-hangzhou.aliyuncs.com", "cn-hangzhou")]
    [InlineData("https://oss-cn-hangzhou-internal.aliyuncs.com", "cn-hangzhou")]
    [InlineData("https://storage.example.com", null)]
    public void An_endpoint_may_tell_the_region(string endpoint, string? region) =>
        TargetSettings.Primary(new S3UploadOptions { BucketName = "bucket", Endpoint = endpoint }).Region.ShouldBe(region);

    [Theory]
    [InlineData("s3", null, null, true)]
    [InlineData("s3", "https://s3.eu-west-1.amazonaws.com", null, true)]
    [InlineData("s3", "https://storage.example.com", null, false)]
    [InlineData("s3", "https://storage.example.com", true, true)]
    [InlineData("oss", "https://oss-cn-hangzhou.aliyuncs.com", null, true)]
    [InlineData("s3", null, false, false)]
    public void The_bucket_is_in_the_host_name_where_the_store_wants_it(string type, string? endpoint, bool? set, bool expected) =>
        TargetSettings.Primary(new S3UploadOptions { Type = Enum.Parse<UploadTargetType>(type, true), Endpoint = endpoint, EnableVirtualHostStyle = set }).VirtualHostStyle.ShouldBe(expected);

    [Fact]
    public async Task A_step_waits_while_properties_cannot_be_used()
    {
        using var module = Make(o => o.BucketName = null);
        var result = await module.Value.RunStepAsync(new KeptStep("/nowhere/cam.mp4"), CancellationToken.None);
        result.Outcome.ShouldBe(StepOutcome.Wait);
        result.Detail.ShouldNotBeNull().ShouldContain("s3UploadBucketName is missing");
    }

    [Fact]
    public void Secrets_are_taken_out_of_any_text()
    {
        var settings = TargetSettings.Primary(new S3UploadOptions { AccessKey = "AKIAKEY", SecretKey = "secret-of-mine", SessionToken = "token-of-mine" });
        S3Problem.Explain(new InvalidOperationException("AKIAKEY secret-of-mine token-of-mine"), settings).ShouldBe(" at Amazon S3: *** *** ***");
        settings.ToString().ShouldNotBeNull().ShouldNotContain("mine");
    }

    private static string Problem(Action<S3UploadOptions> change)
    {
        using var module = Make(change);
        return module.Value.CheckStep(new StepDefinition("s3-upload")).ShouldNotBeNull();
    }

    private static Disposing Make(Action<S3UploadOptions> change)
    {
        var options = new S3UploadOptions { BucketName = "bucket", Endpoint = "https://storage.example.com", AccessKey = "the-key", SecretKey = "the-secret" };
        change(options);
        return new(new S3UploadModule(options, TimeProvider.System, NullLogger<S3UploadModule>.Instance));
    }

    private sealed record Disposing(S3UploadModule Value) : IDisposable
    {
        public void Dispose() => Value.DisposeAsync().AsTask().IsCompleted.ShouldBeTrue();
    }
}
