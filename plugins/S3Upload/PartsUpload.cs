using System.Buffers;
using System.Net;
using Amazon.S3;
using Amazon.S3.Model;
using Microsoft.Extensions.Logging;

namespace Tapedeck.S3Upload;

internal sealed partial class S3Target
{
    [LoggerMessage("{Key}: part {Part} of {Parts} {What}")]
    private static partial void LogPart(ILogger logger, LogLevel level, string key, int part, int parts, string what);

    [LoggerMessage(LogLevel.Warning, "{Key}: the store no longer knows the unfinished upload; it begins anew")]
    private static partial void LogVanished(ILogger logger, string key);

    /// <summary>
    /// A larger file, in parts that are sent once: what is finished is kept with the step after each part, and the store is asked at the beginning for parts that arrived
    /// without our having heard of it.
    /// </summary>
    private sealed class PartsUpload(S3Target target, UploadJob job)
    {
        private const int MostParts = 10_000;

        private TargetProgress Progress => job.Progress;

        private int PartCount => (int)((job.File.Length + Progress.PartBytes - 1) / Progress.PartBytes);

        public async Task<string> RunAsync(CancellationToken cancellationToken)
        {
            var isSame = Progress.Length == job.File.Length && Progress.Modified == job.File.Modified;
            if (Progress.UploadId is not null && (!isSame || !target.Options.ResumeUploads))
                await target.AbandonAsync(Progress, cancellationToken);
            var hash = await job.HashAsync(null, cancellationToken);
            (Progress.Length, Progress.Modified, Progress.Sha256) = (job.File.Length, job.File.Modified, hash);
            using var name = await target.ChooseAsync(job, hash, cancellationToken);
            if (name.IsThere)
                return target.Location(name.Key);
            if (Progress.UploadId is not null && Progress.Key != name.Key)
                await target.AbandonAsync(Progress, cancellationToken);
            Progress.Key = name.Key;
            try
            {
                await SendAsync(hash, cancellationToken);
            }
            catch (AmazonS3Exception e) when (e.ErrorCode == "NoSuchUpload" || (e.StatusCode == HttpStatusCode.NotFound && e.ErrorCode is null or "NotFound"))
            {
                // It expired, or it was completed and the answer was lost: then the object is there.
                Progress.ForgetUpload();
                if (Tell(await target.HeadAsync(name.Key, cancellationToken), job, hash) == Occupant.Same)
                    return target.Location(name.Key);
                LogVanished(target.Logger, name.Key);
                await SendAsync(hash, cancellationToken);
            }
            catch (AmazonS3Exception e) when (e.ErrorCode is "InvalidPart" or "InvalidPartOrder")
            {
                await target.AbandonAsync(Progress, cancellationToken);
                throw;
            }

            await target.VerifyAsync(name.Key, job, hash, cancellationToken);
            return target.Location(name.Key);
        }

        private async Task SendAsync(string hash, CancellationToken cancellationToken)
        {
            var arrived = Progress.UploadId is null ? await BeginAsync(hash, cancellationToken) : await ReconcileAsync(cancellationToken);
            var buffer = ArrayPool<byte>.Shared.Rent((int)Progress.PartBytes);
            try
            {
                for (var part = 1; part <= PartCount; part++)
                {
                    if (Progress.Parts[part - 1] is null)
                        await SendPartAsync(part, buffer, arrived, cancellationToken);
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }

            job.File.MustBeUnchanged();
            await target.RequestAsync((_, token) => target.Client.CompleteMultipartUploadAsync(new()
            {
                BucketName = target.Settings.Bucket,
                Key = Progress.Key,
                UploadId = Progress.UploadId,
                PartETags = [.. Progress.Parts.Select((tag, i) => new PartETag(i + 1, tag))],
            }, token), cancellationToken, patience: 10);
        }

        private async Task<Dictionary<int, PartDetail>> BeginAsync(string hash, CancellationToken cancellationToken)
        {
            // Whole MiB, so many that the store's number of parts suffices.
            var least = (((job.File.Length + MostParts - 1) / MostParts) + (1 << 20) - 1) >> 20 << 20;
            var partBytes = Math.Min(Math.Max(target.Options.PartBytes, job.File.Length > target.Options.PartBytes * MostParts ? least : 0), 1 << 30);
            var answer = await target.RequestAsync(
                (_, token) => target.Client.InitiateMultipartUploadAsync(target.Traits.Apply(new InitiateMultipartUploadRequest { BucketName = target.Settings.Bucket, Key = Progress.Key }, job.Step, hash), token),
                cancellationToken);
            Progress.PartBytes = partBytes;
            Progress.UploadId = answer.UploadId;
            Progress.Parts = [.. Enumerable.Repeat<string?>(null, PartCount)];
            await job.SaveAsync(cancellationToken);
            return [];
        }

        /// <summary>Holds what we know against what the store has: parts that it lost are sent again, parts that it has and we did not note are returned.</summary>
        private async Task<Dictionary<int, PartDetail>> ReconcileAsync(CancellationToken cancellationToken)
        {
            var found = new Dictionary<int, PartDetail>();
            string? marker = null;
            do
            {
                var page = await target.RequestAsync(
                    (_, token) => target.Client.ListPartsAsync(new() { BucketName = target.Settings.Bucket, Key = Progress.Key, UploadId = Progress.UploadId, PartNumberMarker = marker }, token), cancellationToken);
                foreach (var part in page.Parts ?? [])
                    found[part.PartNumber ?? 0] = part;
                marker = page.IsTruncated == true ? page.NextPartNumberMarker?.ToString(System.Globalization.CultureInfo.InvariantCulture) : null;
            }
            while (marker is not null);

            if (Progress.Parts.Count != PartCount)
                Progress.Parts = [.. Enumerable.Repeat<string?>(null, PartCount)];
            for (var part = 1; part <= PartCount; part++)
            {
                var known = Progress.Parts[part - 1];
                if (known is not null && (!found.TryGetValue(part, out var there) || there.Size != SizeOf(part) || there.ETag?.Trim('"') != known.Trim('"')))
                    Progress.Parts[part - 1] = null;
            }

            return found;
        }

        private async Task SendPartAsync(int part, byte[] buffer, Dictionary<int, PartDetail> arrived, CancellationToken cancellationToken)
        {
            if (!target.Window.IsOpen)
                throw new UploadWaitException("the hours of s3UploadWindow are over; it goes on when they come again", target.Window.UntilOpen());
            var bytes = buffer.AsMemory(0, (int)SizeOf(part));
            await job.File.ReadAsync((part - 1) * Progress.PartBytes, bytes, cancellationToken);
            var md5 = Md5(bytes.Span);
            var level = target.Options.DebugLog ? LogLevel.Information : LogLevel.Debug;
            if (arrived.TryGetValue(part, out var there) && there.Size == bytes.Length && Convert.ToHexStringLower(md5) == there.ETag?.Trim('"'))
            {
                Progress.Parts[part - 1] = there.ETag;
                LogPart(target.Logger, level, Progress.Key!, part, PartCount, "had arrived");
            }
            else
            {
                var answer = await target.RequestAsync((moved, token) => target.Client.UploadPartAsync(new()
                {
                    BucketName = target.Settings.Bucket,
                    Key = Progress.Key,
                    UploadId = Progress.UploadId,
                    PartNumber = part,
                    PartSize = bytes.Length,
                    InputStream = new PacedStream(bytes, target.Pace, moved),
                    MD5Digest = Convert.ToBase64String(md5),
                    UseChunkEncoding = false,
                    DisablePayloadSigning = target.IsSecure ? true : null,
                }, token), cancellationToken);
                MustMatch(answer.ETag, md5, answer.ServerSideEncryptionMethod, $"{Progress.Key}, part {part}");
                Progress.Parts[part - 1] = answer.ETag;
                LogPart(target.Logger, level, Progress.Key!, part, PartCount, "is sent");
            }

            await job.SaveAsync(cancellationToken);
        }

        private long SizeOf(int part) => Math.Min(Progress.PartBytes, job.File.Length - ((part - 1) * Progress.PartBytes));
    }
}
