using Microsoft.Extensions.Logging;
using Tapedeck.Steps;
using Tapedeck.UploadBench;

namespace Tapedeck.S3Upload.Tests;

/// <summary>What is wrong is said with the property and the remedy; the step waits; no secret is told.</summary>
[Collection(SwiftCollection.Name)]
public sealed class ErrorTests(SwiftFixture swift) : StoreTest(swift)
{
    private const string Wrong = "wrong-secret-of-mine";

    [Fact]
    public Task A_bucket_that_does_not_exist() => MustRetryAsync(o => o.BucketName = "nosuchbucket", "s3UploadBucketName", "create it");

    [Fact]
    public Task A_wrong_secret() => MustRetryAsync(o => o.SecretKey = Wrong, "403");

    [Fact]
    public Task An_unknown_key() => MustRetryAsync(o => (o.AccessKey, o.SecretKey) = ("nobody:nobody", Wrong), "403");

    [Fact]
    public Task Nobody_listens() => MustRetryAsync(o => o.Endpoint = "http://127.0.0.1:1", "s3UploadEndpoint", "nobody listens");

    [Fact]
    public Task A_name_that_does_not_resolve() => MustRetryAsync(o => o.Endpoint = "http://store.invalid", "s3UploadEndpoint");

    [Fact]
    public Task A_store_without_tags() => MustRetryAsync(o => o.Tags = "a=b", "s3UploadTags");

    [Fact]
    public Task No_profile_of_that_name() => MustRetryAsync(o => (o.AccessKey, o.SecretKey, o.AwsProfile, o.AwsProfilePath) = (null, null, "absent", Path.Combine(Folder, "none")), "s3UploadAwsProfile");

    [Fact]
    public async Task A_file_that_was_removed_waits_for_a_person()
    {
        var result = await RunAsync(Module(), new KeptStep(Path.Combine(Folder, "gone.mp4")));
        result.Outcome.ShouldBe(StepOutcome.Failed);
        result.Detail.ShouldNotBeNull().ShouldContain("removed before it was uploaded");
    }

    [Fact]
    public async Task A_file_whose_disk_is_away_is_tried_again()
    {
        var result = await RunAsync(Module(), new KeptStep(Path.Combine(Folder, "away", "gone.mp4")));
        result.Outcome.ShouldBe(StepOutcome.Retry);
        result.Detail.ShouldNotBeNull().ShouldContain("mount its disk");
    }

    [Fact]
    public async Task A_link_is_not_followed()
    {
        var link = Path.Combine(Folder, "link.mp4");
        File.CreateSymbolicLink(link, MakeFile("secret.txt", 10));
        (await RunAsync(Module(), new KeptStep(link))).Outcome.ShouldBe(StepOutcome.Failed);
        Proxy.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_bucket_is_looked_for_at_start_and_the_log_says_what_is_wrong()
    {
        var log = new ListLog();
        var module = Module(o => o.BucketName = "nosuchbucket", logger: log);
        await module.OnAppStartAsync(CancellationToken.None);
        await log.LineAsync("s3UploadBucketName");
    }

    [Fact]
    public async Task Without_restarts_the_first_failure_is_final()
    {
        var result = await RunAsync(Module(o => (o.Endpoint, o.RestartFailedUploads) = ("http://127.0.0.1:1", false)), new KeptStep(MakeFile("cam.mp4", 10)));
        result.Outcome.ShouldBe(StepOutcome.Failed);
    }

    [Fact]
    public async Task The_time_until_the_next_attempt_can_be_set()
    {
        var result = await RunAsync(Module(o => (o.Endpoint, o.RestartFailedUploadTimeout) = ("http://127.0.0.1:1", TimeSpan.FromMinutes(3))), new KeptStep(MakeFile("cam.mp4", 10)));
        result.After.ShouldBe(TimeSpan.FromMinutes(3));
    }

    private async Task MustRetryAsync(Action<S3UploadOptions> change, params string[] words)
    {
        var log = new ListLog();
        var step = new KeptStep(MakeFile("cam.mp4", 100));
        var module = Module(change, logger: log);
        await module.OnAppStartAsync(CancellationToken.None);

        var result = await RunAsync(module, step);

        result.Outcome.ShouldBe(StepOutcome.Retry);
        foreach (var word in words)
            result.Detail.ShouldNotBeNull().ShouldContain(word);
        var told = result.Detail + step.Progress + string.Join('\n', log.Lines) + Options(change);
        told.ShouldNotContain(Wrong);
        told.ShouldNotContain(SwiftServer.SecretKey);
    }
}

/// <summary>A log that tests read.</summary>
internal sealed class ListLog : ILogger<S3UploadModule>
{
    private readonly List<string> _lines = [];
    private TaskCompletionSource _more = new();

    public string[] Lines
    {
        get
        {
            lock (_lines)
                return [.. _lines];
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lines)
        {
            _lines.Add(formatter(state, exception) + exception);
            _more.TrySetResult();
            _more = new();
        }
    }

    /// <summary>Waits for a line with a text in it.</summary>
    public async Task LineAsync(string part)
    {
        while (true)
        {
            Task more;
            lock (_lines)
            {
                if (_lines.Exists(l => l.Contains(part, StringComparison.Ordinal)))
                    return;
                more = _more.Task;
            }

            await more.WaitAsync(TimeSpan.FromSeconds(60));
        }
    }
}
