using System.Net;
using System.Text;
using System.Text.Json;
using Tapedeck.Host.Steps;
using Tapedeck.Steps;

namespace Tapedeck.Host.Tests.Steps;

public sealed class WebhookStepTests
{
    private static readonly StepDefinition Definition = new(WebhookStep.Name, "https://example.org/hook?token=geheim")
    {
        Options = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["secret"] = "key", ["authorization"] = "Bearer abc" },
    };

    [Fact]
    public async Task The_event_is_posted_as_json_with_its_identity_and_a_signature_that_can_be_checked()
    {
        var receiver = new Receiver(HttpStatusCode.NoContent);
        using var webhook = new WebhookStep(TimeProvider.System, receiver);
        var call = new FakeCall(Definition);
        (await webhook.RunAsync(call, default)).Outcome.ShouldBe(StepOutcome.Done);

        var (request, body) = receiver.Requests.ShouldHaveSingleItem();
        request.Method.ShouldBe(HttpMethod.Post);
        request.Content!.Headers.ContentType!.MediaType.ShouldBe("application/json");
        request.Headers.GetValues("Tapedeck-Id").Single().ShouldBe(call.Id.ToString());
        request.Headers.GetValues("Authorization").Single().ShouldBe("Bearer abc");
        var seconds = request.Headers.GetValues("Tapedeck-Timestamp").Single();
        using var hmac = new System.Security.Cryptography.HMACSHA256(Encoding.UTF8.GetBytes("key"));
        var expected = Convert.ToHexStringLower(hmac.ComputeHash([.. Encoding.UTF8.GetBytes($"{call.Id}.{seconds}."), .. body]));
        request.Headers.GetValues("Tapedeck-Signature").Single().ShouldBe("sha256=" + expected);

        using var json = JsonDocument.Parse(body);
        var root = json.RootElement;
        root.GetProperty("id").GetString().ShouldBe(call.Id.ToString());
        root.GetProperty("type").GetString().ShouldBe("fileClosed");
        root.GetProperty("recording").GetProperty("stream").GetString().ShouldBe("cam");
        root.GetProperty("file").GetProperty("path").GetString().ShouldBe("/recordings/cam.mp4");
        root.GetProperty("file").GetProperty("durationSeconds").GetDouble().ShouldBe(1.5);
    }

    [Theory]
    [InlineData(HttpStatusCode.InternalServerError)]
    [InlineData(HttpStatusCode.NotFound)]
    [InlineData(HttpStatusCode.Redirect)]
    public async Task An_answer_that_is_no_success_is_tried_again_and_tells_no_secret(HttpStatusCode status)
    {
        using var webhook = new WebhookStep(TimeProvider.System, new Receiver(status));
        var result = await webhook.RunAsync(new FakeCall(Definition), default);
        result.Outcome.ShouldBe(StepOutcome.Retry);
        result.Detail!.ShouldContain($"https://example.org answered {(int)status}");
        result.Detail!.ShouldNotContain("geheim");
    }

    [Fact]
    public async Task A_receiver_that_asks_for_patience_gets_it()
    {
        var receiver = new Receiver(HttpStatusCode.ServiceUnavailable) { RetryAfter = TimeSpan.FromMinutes(3) };
        using var webhook = new WebhookStep(TimeProvider.System, receiver);
        (await webhook.RunAsync(new FakeCall(Definition), default)).After.ShouldBe(TimeSpan.FromMinutes(3));
    }

    [Fact]
    public async Task A_receiver_that_is_away_is_tried_again()
    {
        using var webhook = new WebhookStep(TimeProvider.System, new Receiver(HttpStatusCode.OK) { Throws = new HttpRequestException("refused") });
        var result = await webhook.RunAsync(new FakeCall(Definition), default);
        (result.Outcome, result.Detail).ShouldBe((StepOutcome.Retry, "https://example.org cannot be reached: refused"));
    }

    [Theory]
    [InlineData(null, "needs the URL")]
    [InlineData("ftp://example.org", "needs the URL")]
    [InlineData("example.org/hook", "needs the URL")]
    public void A_receiver_is_a_url(string? argument, string message) => WebhookStep.Check(new StepDefinition(WebhookStep.Name, argument))!.ShouldContain(message);

    [Fact]
    public void A_misspelt_option_is_told_with_the_right_one() => WebhookStep.Check(new StepDefinition(WebhookStep.Name, "https://x") { Options = new Dictionary<string, string> { ["secrt"] = "a" } })!
        .ShouldContain("secret");

    private sealed class Receiver(HttpStatusCode status) : HttpMessageHandler
    {
        public List<(HttpRequestMessage Request, byte[] Body)> Requests { get; } = [];

        public TimeSpan? RetryAfter { get; init; }

        public Exception? Throws { get; init; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests.Add((request, await request.Content!.ReadAsByteArrayAsync(cancellationToken)));
            if (Throws is not null)
                throw Throws;
            var answer = new HttpResponseMessage(status);
            if (RetryAfter is { } after)
                answer.Headers.RetryAfter = new(after);
            return answer;
        }
    }
}
