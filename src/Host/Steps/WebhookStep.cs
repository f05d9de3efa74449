using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Tapedeck.Steps;

namespace Tapedeck.Host.Steps;

/// <summary>
/// <c>webhook: URL</c>: posts the event as JSON. Events of one stream reach a receiver in their order; one that is down gets them when it is back.
/// Option <c>secret</c> signs: <c>Tapedeck-Signature: sha256=HEX</c> is the HMAC-SHA-256 of the id, a dot, the seconds of <c>Tapedeck-Timestamp</c>, a dot, and the body.
/// </summary>
internal sealed class WebhookStep : IDisposable
{
    public const string Name = "webhook";

    public static readonly StepKind Kind = new(Name) { InOrder = true, Concurrency = 8, Timeout = TimeSpan.FromSeconds(30) };

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private static readonly string[] Options = ["secret", "authorization"];

    private readonly HttpClient _http;
    private readonly TimeProvider _time;

    public WebhookStep(TimeProvider time, HttpMessageHandler? handler = null)
    {
        _time = time;
        _http = new HttpClient(handler ?? new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) });
    }

    private sealed record Event(
        string Id, string Type, DateTimeOffset At, int Attempt, StepRecording Recording, File? File, StepCause? Step);

    private sealed record File(Guid Id, int Sequence, string Path, string Format, long Bytes, double DurationSeconds, DateTimeOffset StartedAt, string? Sha256);

    /// <summary>What is wrong with a step as it is listed; null when nothing is.</summary>
    public static string? Check(StepDefinition definition)
    {
        if (!Uri.TryCreate(definition.Argument, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            return $"a webhook needs the URL of its receiver, as in 'webhook: https://example.org/hook'";
        return definition.Options.Keys.FirstOrDefault(o => !Options.Contains(o, StringComparer.OrdinalIgnoreCase)) is { } unknown
            ? $"a webhook has no option '{unknown}'{Settings.Nearest.HintOrAll(unknown, Options)}"
            : null;
    }

    public async ValueTask<StepResult> RunAsync(StepCall step, CancellationToken cancellationToken)
    {
        if (Check(step.Definition) is { } problem)
            return StepResult.Fail(problem);
        var body = JsonSerializer.SerializeToUtf8Bytes(EventOf(step), Json);
        using var request = new HttpRequestMessage(HttpMethod.Post, step.Definition.Argument) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var seconds = _time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        request.Headers.Add("Tapedeck-Id", step.Id.ToString());
        request.Headers.Add("Tapedeck-Timestamp", seconds);
        if (step.Definition.Options.TryGetValue("secret", out var secret))
            request.Headers.Add("Tapedeck-Signature", "sha256=" + Sign(secret, step.Id, seconds, body));
        if (step.Definition.Options.TryGetValue("authorization", out var authorization))
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        try
        {
            using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (answer.IsSuccessStatusCode)
                return StepResult.Done($"{(int)answer.StatusCode}");
            return StepResult.Retry($"{Host(step)} answered {(int)answer.StatusCode} {answer.ReasonPhrase}", After(answer));
        }
        catch (HttpRequestException e)
        {
            return StepResult.Retry($"{Host(step)} cannot be reached: {e.Message}");
        }
    }

    public void Dispose() => _http.Dispose();

    internal static string Sign(string secret, Guid id, string seconds, ReadOnlySpan<byte> body)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret));
        hmac.AppendData(Encoding.ASCII.GetBytes($"{id}.{seconds}."));
        hmac.AppendData(body);
        return Convert.ToHexStringLower(hmac.GetHashAndReset());
    }

    private static Event EventOf(StepCall step) => new(
        step.Id.ToString(),
        JsonNamingPolicy.CamelCase.ConvertName(step.Definition.On.ToString()),
        step.At,
        step.Attempt,
        step.Recording,
        step.File is { } f ? new File(f.Id, f.Sequence, f.Path, f.Format, f.Bytes, f.Duration.TotalSeconds, f.StartedAt, f.Sha256 is { } h ? Convert.ToHexStringLower(h.Span) : null) : null,
        step.Cause);

    /// <summary>The receiver may ask for patience (RFC 9110 section 10.2.3).</summary>
    private TimeSpan? After(HttpResponseMessage answer) => answer.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable && answer.Headers.RetryAfter is { } after
        ? after.Delta ?? (after.Date - _time.GetUtcNow() is { } wait && wait > TimeSpan.Zero ? wait : null)
        : null;

    /// <summary>The path and query of a receiver may be its secret.</summary>
    private static string Host(StepCall step) => new Uri(step.Definition.Argument!).GetLeftPart(UriPartial.Authority);
}
