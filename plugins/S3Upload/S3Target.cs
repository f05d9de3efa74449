using System.Buffers;
using System.Net;
using System.Security.Cryptography;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Microsoft.Extensions.Logging;

namespace Tapedeck.S3Upload;

/// <summary>A bucket of Amazon S3, of a store that speaks its protocol, or of OSS by its S3-compatible interface.</summary>
/// <param name="settings">Where it is.</param>
/// <param name="options">The properties.</param>
/// <param name="traits">What objects carry.</param>
/// <param name="bandwidth">The pace.</param>
/// <param name="window">The hours.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
/// <param name="transport">What carries the requests; null: the network.</param>
internal sealed partial class S3Target(
    TargetSettings settings, S3UploadOptions options, ObjectTraits traits, Bandwidth bandwidth, UploadWindow window, TimeProvider time, ILogger logger, HttpClientFactory? transport = null) : IUploadTarget
{
    private readonly Lock _lock = new();
    private AmazonS3Client? _client;

    public TargetSettings Settings => settings;

    private S3UploadOptions Options => options;

    private ObjectTraits Traits => traits;

    private Bandwidth Pace => bandwidth;

    private UploadWindow Window => window;

    private ILogger Logger => logger;

    private bool IsSecure => settings.Endpoint is not { Scheme: "http" };

    /// <summary>Made when it is first needed: keys and regions may be found only later, and a fault there is one of an attempt.</summary>
    private AmazonS3Client Client
    {
        get
        {
            lock (_lock)
                return _client ??= S3Connection.Open(settings, transport);
        }
    }

    public void Dispose() => _client?.Dispose();

    public string Explain(Exception exception) => S3Problem.Explain(exception, settings);

    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RequestAsync((_, token) => Client.HeadBucketAsync(new() { BucketName = settings.Bucket }, token), cancellationToken);
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            // An answer without a body has no code.
            throw new UploadException($"the bucket {settings.Bucket} does not exist; create it, or correct {settings.Property("BucketName")}", e);
        }
    }

    public async Task<string> UploadAsync(UploadJob job, CancellationToken cancellationToken)
    {
        var isSmall = job.File.Length <= options.PartBytes;
        return isSmall ? await PutAsync(job, cancellationToken) : await new PartsUpload(this, job).RunAsync(cancellationToken);
    }

    public async Task AbandonAsync(TargetProgress progress, CancellationToken cancellationToken)
    {
        if (progress is not { UploadId: { } id, Key: { } key })
            return;
        progress.ForgetUpload();
        try
        {
            await RequestAsync((_, token) => Client.AbortMultipartUploadAsync(new() { BucketName = settings.Bucket, Key = key, UploadId = id }, token), cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            // The store's own rule for unfinished uploads takes it away later.
            LogAbandoned(logger, key, Explain(e));
        }
    }

    private async Task<string> PutAsync(UploadJob job, CancellationToken cancellationToken)
    {
        var length = (int)job.File.Length;
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Max(1, length));
        try
        {
            var bytes = buffer.AsMemory(0, length);
            await job.File.ReadAsync(0, bytes, cancellationToken);
            var hash = await job.HashAsync(bytes, cancellationToken);
            using var name = await ChooseAsync(job, hash, cancellationToken);
            if (!name.IsThere)
            {
                await AbandonAsync(job.Progress, cancellationToken);
                var md5 = Md5(bytes.Span);
                var answer = await RequestAsync((moved, token) => Client.PutObjectAsync(traits.Apply(new PutObjectRequest
                {
                    BucketName = settings.Bucket,
                    Key = name.Key,
                    InputStream = new PacedStream(bytes, bandwidth, moved),
                    AutoCloseStream = false,
                    MD5Digest = Convert.ToBase64String(md5),
                    UseChunkEncoding = false,
                    DisablePayloadSigning = IsSecure ? true : null,
                }, job.Step, hash), token), cancellationToken);
                MustMatch(answer.ETag, md5, answer.ServerSideEncryptionMethod, name.Key);
                await VerifyAsync(name.Key, job, hash, cancellationToken);
            }

            return Location(name.Key);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Chooses the name, and keeps it for the next attempt where that could choose otherwise.</summary>
    private async Task<NameChoice> ChooseAsync(UploadJob job, string hash, CancellationToken cancellationToken)
    {
        var choice = await NameChoice.MakeAsync(job, options, settings.Identity, async key => Tell(await HeadAsync(key, cancellationToken), job, hash));
        if (!choice.IsThere && choice.Key != (job.Progress.Key ?? job.Key))
        {
            job.Progress.Key = choice.Key;
            await job.SaveAsync(cancellationToken);
        }

        return choice;
    }

    /// <summary>What the store has is the file: size and SHA-256.</summary>
    private async Task VerifyAsync(string key, UploadJob job, string hash, CancellationToken cancellationToken)
    {
        job.File.MustBeUnchanged();
        var found = await HeadAsync(key, cancellationToken)
            ?? throw new UploadException($"{Location(key)} was accepted but is not there; it is sent anew");
        if (Tell(found, job, hash) != Occupant.Same)
        {
            throw new UploadException(
                $"{Location(key)} was accepted but is not the file: {found.ContentLength} bytes instead of {job.File.Length}, SHA-256 in the metadata {found.Metadata[ObjectTraits.Hash] ?? "missing"}; it is sent anew");
        }
    }

    private async Task<GetObjectMetadataResponse?> HeadAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            return await RequestAsync((_, token) => Client.GetObjectMetadataAsync(new() { BucketName = settings.Bucket, Key = key }, token), cancellationToken);
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.NotFound && e.ErrorCode != "NoSuchBucket")
        {
            return null;
        }
    }

    private static Occupant Tell(GetObjectMetadataResponse? found, UploadJob job, string hash)
    {
        if (found is null)
            return Occupant.None;
        if (found.ContentLength == job.File.Length && hash.Equals(found.Metadata[ObjectTraits.Hash], StringComparison.OrdinalIgnoreCase))
            return Occupant.Same;
        return found.Metadata[ObjectTraits.Step] == job.Step.Id.ToString("N") ? Occupant.Ours : Occupant.Other;
    }

    /// <summary>Sends a request that is given up when nothing moves for a while.</summary>
    private async Task<T> RequestAsync<T>(Func<Action, CancellationToken, Task<T>> send, CancellationToken cancellationToken, int patience = 1)
    {
        using var guard = new CancellationTokenSource(options.StallTimeout * patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(guard.Token, cancellationToken);
        try
        {
            return await send(() => guard.CancelAfter(options.StallTimeout), either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new UploadException(
                $"{settings.Bucket} at {settings.Endpoint?.GetLeftPart(UriPartial.Authority) ?? settings.Region} took and said nothing for {options.StallTimeout * patience:g}; check the network and {settings.Property("Endpoint")}, or make s3UploadStallTimeout longer");
        }
    }

    private string Location(string key) => $"s3://{settings.Bucket}/{key}";

    /// <summary>An ETag is the MD5 of the bytes, unless the store encrypts with a key of its own or says something of another form.</summary>
    private static void MustMatch(string? tag, byte[] md5, ServerSideEncryptionMethod? encryption, string key)
    {
        var said = tag?.Trim('"');
        var isMd5 = said is { Length: 32 } && said.All(char.IsAsciiHexDigit) && (encryption is null || encryption == ServerSideEncryptionMethod.None || encryption == ServerSideEncryptionMethod.AES256);
        if (isMd5 && !said!.Equals(Convert.ToHexStringLower(md5), StringComparison.OrdinalIgnoreCase))
            throw new UploadException($"{key}: the store has other bytes than were sent (ETag {said}); they are sent anew");
    }

    // MD5 guards against accidents on the way, as the protocol has it; the SHA-256 says what the file is.
#pragma warning disable CA5351
    private static byte[] Md5(ReadOnlySpan<byte> bytes) => MD5.HashData(bytes);
#pragma warning restore CA5351

    [LoggerMessage(LogLevel.Warning, "The unfinished upload of {Key} could not be given up: {Reason}")]
    private static partial void LogAbandoned(ILogger logger, string key, string reason);
}
