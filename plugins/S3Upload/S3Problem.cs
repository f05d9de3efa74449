using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;
using Amazon.S3;

namespace Tapedeck.S3Upload;

/// <summary>Turns what a store or the network says into what is wrong, which property is concerned, and the remedy.</summary>
internal static class S3Problem
{
    public static string Explain(Exception exception, TargetSettings settings) => settings.Redact(exception switch
    {
        UploadException => exception.Message,
        AmazonS3Exception store => OfStore(store, settings),
        _ when Network(exception) is { } network => OfNetwork(network, settings),
        AmazonClientException => $"{Place(settings)}: {exception.Message} Check {Keys(settings)}, or the machine's role",
        _ => $"{Place(settings)}: {exception.Message}",
    });

    private static string OfStore(AmazonS3Exception e, TargetSettings s)
    {
        var said = $"{Place(s)}: {e.ErrorCode ?? "no code"} ({(int)e.StatusCode}), {Said(e)}";
        var remedy = (e.ErrorCode ?? "") switch
        {
            "NoSuchBucket" => $"the bucket does not exist; create it, or correct {s.Property("BucketName")}",
            "InvalidBucketName" => $"correct {s.Property("BucketName")}",
            "InvalidAccessKeyId" => $"the store does not know this key; correct {s.Property("AccessKey")}",
            "SignatureDoesNotMatch" => $"the secret does not fit the key; correct {s.Property("SecretKey")}, and {s.Property("Region")} if the store minds it",
            "ExpiredToken" or "TokenRefreshRequired" or "InvalidToken" or "InvalidSecurity" => $"the session token is no longer good; renew {s.Property("SessionToken")} and its keys",
            "RequestTimeTooSkewed" => "the clock of this machine and the store's differ; set the clock (NTP)",
            "PermanentRedirect" or "TemporaryRedirect" or "AuthorizationHeaderMalformed" or "IllegalLocationConstraintException" or "BadRequest" when e.ErrorCode != "BadRequest" || e.StatusCode == HttpStatusCode.MovedPermanently
                => $"the bucket is in another region; correct {s.Property("Region")} or {s.Property("Endpoint")}",
            "EntityTooLarge" => "the store takes no parts of this size; make s3UploadPartBytes smaller",
            "EntityTooSmall" => "the store wants larger parts; make s3UploadPartBytes larger",
            "QuotaExceeded" or "InsufficientStorage" or "XMinioStorageFull" or "StorageFull" => $"the store is full; make room there or change {s.Property("BucketName")}",
            "InvalidStorageClass" => "the store does not have this class; correct s3UploadStorageClass",
            "AccessControlListNotSupported" => "this bucket takes no rights with its objects; remove s3UploadCannedAcl, s3UploadACLGroupGranteeUri and s3UploadACLPermissionRule",
            "BadDigest" or "InvalidDigest" or "IncompleteBody" or "RequestTimeout" => "the bytes did not arrive as they were sent; they are sent again",
            "InvalidTag" => "correct s3UploadTags",
            "KeyTooLongError" => "the name is too long; correct s3UploadKey or s3UploadFilePrefix",
            "SlowDown" or "ServiceUnavailable" or "RequestLimitExceeded" or "ThrottlingException" => "the store is busy; it is tried again",
            var code when code.StartsWith("KMS", StringComparison.Ordinal) => "the store cannot use the key for encryption; correct s3UploadKmsKeyId",
            var code when code.StartsWith("InvalidEncryption", StringComparison.Ordinal) => "correct s3UploadEncryption",
            _ => e.StatusCode switch
            {
                HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized => $"these keys may not do this; allow s3:GetObject, s3:PutObject, s3:ListBucket, s3:AbortMultipartUpload and s3:ListMultipartUploadParts, or correct {Keys(s)}",
                HttpStatusCode.NotFound => $"check {s.Property("BucketName")} and {s.Property("Endpoint")}",
                HttpStatusCode.MovedPermanently or HttpStatusCode.TemporaryRedirect => $"the bucket is in another region; correct {s.Property("Region")} or {s.Property("Endpoint")}",
                HttpStatusCode.InsufficientStorage => $"the store is full; make room there or change {s.Property("BucketName")}",
                HttpStatusCode.NotImplemented => "the store does not know one of s3UploadTags, s3UploadCannedAcl, s3UploadEncryption, s3UploadStorageClass; remove what it does not have",
                >= HttpStatusCode.InternalServerError => "the store has a fault; it is tried again",
                _ => $"check {s.Property("Endpoint")} and the other properties",
            },
        };
        return $"{said}: {remedy}";
    }

    private static string OfNetwork(Exception e, TargetSettings s)
    {
        var (what, remedy) = e switch
        {
            SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } => ("the host name does not resolve", $"check {s.Property("Endpoint")}, {s.Property("Region")} and the name server"),
            SocketException { SocketErrorCode: SocketError.ConnectionRefused } => ("nobody listens there", $"start the store, or correct {s.Property("Endpoint")}"),
            SocketException { SocketErrorCode: SocketError.NetworkUnreachable or SocketError.HostUnreachable } => ("there is no route", "check the network"),
            System.Security.Authentication.AuthenticationException => ("its certificate is not accepted", $"give the store a certificate that this machine trusts, or correct {s.Property("Endpoint")}"),
            _ => (e.Message.TrimEnd('.'), $"check the network and {s.Property("Endpoint")}"),
        };
        return $"{Place(s)}: {what}; {remedy}";
    }

    /// <summary>The innermost failure of the network; null when it is something else.</summary>
    private static Exception? Network(Exception exception)
    {
        Exception? found = null;
        for (var e = exception; e is not null; e = e.InnerException)
        {
            if (e is HttpRequestException or SocketException or IOException or WebException or System.Security.Authentication.AuthenticationException)
                found = e;
        }

        return found;
    }

    private static string Said(AmazonS3Exception e) => string.IsNullOrWhiteSpace(e.Message) ? "no message" : e.Message.Trim().TrimEnd('.');

    private static string Place(TargetSettings s) => $"{s.Bucket} at {s.Endpoint?.GetLeftPart(UriPartial.Authority) ?? s.Region ?? "Amazon S3"}";

    private static string Keys(TargetSettings s) => s.Profile is null ? $"{s.Property("AccessKey")} and {s.Property("SecretKey")}" : s.Property("AwsProfile");
}
