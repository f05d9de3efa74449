using System.Net;
using System.Security.Cryptography;
using System.Text;
using Amazon.Runtime;
using Microsoft.Extensions.Logging.Abstractions;
using Tapedeck.UploadBench;

namespace Tapedeck.S3Upload.Tests;

/// <summary>Aliyun OSS by its S3-compatible interface, before a store that checks every signature itself and refuses what OSS does not know.</summary>
public sealed class OssTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tapedeck-oss-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(1000, null)]
    [InlineData(1000, "the-security-token")]
    [InlineData(200_000, "the-security-token")]
    public async Task Every_request_is_signed_as_the_store_wants_it(int bytes, string? token)
    {
        var store = new VerifyingStore("the-key-secret", token);
        var result = await UploadAsync(store, bytes, "the-key-secret", token);

        store.Refusals.ShouldBeEmpty();
        result.ShouldBe("s3://recordings/cam 1+ü.mp4");
        store.Objects["/cam%201%2B%C3%BC.mp4"].ShouldBe(bytes);
    }

    [Fact]
    public async Task A_wrong_secret_is_noticed_by_the_store()
    {
        var store = new VerifyingStore("the-key-secret", null);
        await Should.ThrowAsync<Exception>(() => UploadAsync(store, 1000, "another-secret", null));
        store.Refusals.ShouldContain("signature");
    }

    private async Task<string> UploadAsync(VerifyingStore store, int bytes, string secret, string? token)
    {
        var path = Path.Combine(_folder, "cam 1+ü.mp4");
        await File.WriteAllBytesAsync(path, RandomNumberGenerator.GetBytes(bytes));
        var options = new S3UploadOptions
        {
            Type = UploadTargetType.Oss, BucketName = "recordings", Endpoint = "https://oss-eu-central-1.aliyuncs.com", AccessKey = "LTAIkey", SecretKey = secret, SessionToken = token, PartBytes = 100_000,
        };
        var problems = new List<string>();
        var settings = TargetSettings.Primary(options);
        using var target = new S3Target(settings, options, ObjectTraits.Read(options, problems), new Bandwidth(0, TimeProvider.System),
            UploadWindow.Parse(null, null, TimeProvider.System, problems), TimeProvider.System, NullLogger.Instance, store);
        settings.Problems.Concat(problems).ShouldBeEmpty();
        var step = new KeptStep(path);
        using var file = LocalFile.Open(path);
        return await target.UploadAsync(new UploadJob(step, file, step.File!.Name, new TargetProgress(), _ => default), CancellationToken.None);
    }

    /// <summary>AWS Signature Version 4, as https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html has it, computed again from what arrived.</summary>
    private sealed class VerifyingStore(string secret, string? token) : HttpClientFactory
    {
        private readonly Dictionary<string, string> _hashes = [];

        public Dictionary<string, long> Objects { get; } = [];

        public List<string> Refusals { get; } = [];

        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(new Handler(this));

        private async Task<HttpResponseMessage> AnswerAsync(HttpRequestMessage request)
        {
            var body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync();
            if (Refusal(request, body) is { } refusal)
            {
                Refusals.Add(refusal);
                return new(HttpStatusCode.Forbidden) { Content = new StringContent($"<Error><Code>SignatureDoesNotMatch</Code><Message>{refusal}</Message></Error>") };
            }

            var (path, query) = (request.RequestUri!.AbsolutePath, request.RequestUri.Query);
            var answer = new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("") };
            if (request.Method == HttpMethod.Head && !Objects.ContainsKey(path))
                return new(HttpStatusCode.NotFound);
            if (request.Method == HttpMethod.Head)
            {
                answer.Content.Headers.ContentLength = Objects[path];
                answer.Headers.Add("x-amz-meta-sha256", _hashes[path]);
            }
            else if (request.Method == HttpMethod.Post && query.Contains("uploads", StringComparison.Ordinal))
            {
                _hashes[path] = Header(request, "x-amz-meta-sha256");
                answer.Content = new StringContent("<InitiateMultipartUploadResult><Bucket>recordings</Bucket><Key>k</Key><UploadId>1</UploadId></InitiateMultipartUploadResult>");
            }
            else if (request.Method == HttpMethod.Post)
            {
                answer.Content = new StringContent("<CompleteMultipartUploadResult><Bucket>recordings</Bucket><Key>k</Key><ETag>\"x-2\"</ETag></CompleteMultipartUploadResult>");
            }
            else
            {
                Objects[path] = Objects.GetValueOrDefault(path) + body.Length;
                if (query.Length == 0)
                    _hashes[path] = Header(request, "x-amz-meta-sha256");
                answer.Headers.TryAddWithoutValidation("ETag", $"\"{Convert.ToHexString(Md5(body))}\"");
            }

            return answer;
        }

        private string? Refusal(HttpRequestMessage request, byte[] body)
        {
            if (request.RequestUri!.Host != "recordings.oss-eu-central-1.aliyuncs.com")
                return "only virtual-host addressing: " + request.RequestUri.Host;
            if (Header(request, "Content-Encoding").Contains("aws-chunked", StringComparison.Ordinal) || Header(request, "x-amz-sdk-checksum-algorithm").Length > 0 || Header(request, "x-amz-trailer").Length > 0)
                return "bodies in chunks and trailers are unknown";
            var payload = Header(request, "x-amz-content-sha256");
            if (payload != "UNSIGNED-PAYLOAD" && payload != Convert.ToHexStringLower(SHA256.HashData(body)))
                return "payload hash";
            if (body.Length > 0 && request.Method == HttpMethod.Put && Header(request, "Content-MD5") != Convert.ToBase64String(Md5(body)))
                return "MD5";
            var authorization = Header(request, "Authorization");
            var parts = authorization["AWS4-HMAC-SHA256 ".Length..].Split(", ").Select(p => p.Split('=', 2)).ToDictionary(p => p[0].Trim(), p => p[1]);
            var scope = parts["Credential"].Split('/', 2)[1];
            var signed = parts["SignedHeaders"].Split(';');
            if (token is not null && (!signed.Contains("x-amz-security-token") || Header(request, "x-amz-security-token") != token))
                return "security token";
            var query = string.Join('&', request.RequestUri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Select(q => q.Contains('=', StringComparison.Ordinal) ? q : q + "=").Order(StringComparer.Ordinal));
            var headers = string.Concat(signed.Select(h => $"{h}:{(h == "host" ? request.RequestUri.Host : Header(request, h).Trim())}\n"));
            var canonical = $"{request.Method}\n{request.RequestUri.AbsolutePath}\n{query}\n{headers}\n{parts["SignedHeaders"]}\n{payload}";
            var text = $"AWS4-HMAC-SHA256\n{Header(request, "x-amz-date")}\n{scope}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
            var key = scope.Split('/').Aggregate(Encoding.UTF8.GetBytes("AWS4" + secret), (k, part) => HMACSHA256.HashData(k, Encoding.UTF8.GetBytes(part)));
            if (scope.Split('/')[1..] is not ["eu-central-1", "s3", "aws4_request"])
                return "scope " + scope;
            return Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text))) == parts["Signature"] ? null : "signature";
        }

#pragma warning disable CA5351 // The protocol's own sum.
        private static byte[] Md5(byte[] body) => MD5.HashData(body);
#pragma warning restore CA5351

        private static string Header(HttpRequestMessage request, string name) =>
            request.Headers.TryGetValues(name, out var values) || (request.Content is not null && request.Content.Headers.TryGetValues(name, out values)) ? string.Join(',', values) : "";

        private sealed class Handler(VerifyingStore store) : HttpMessageHandler
        {
            protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => store.AnswerAsync(request);
        }
    }
}
