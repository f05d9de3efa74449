using System.Text.RegularExpressions;

namespace Tapedeck.S3Upload;

/// <summary>One destination, as properties say. A class, not a record: it must not print itself.</summary>
internal sealed partial class TargetSettings
{
    private readonly string _prefix;

    private TargetSettings(string prefix) => _prefix = prefix;

    public UploadTargetType Type { get; private init; }

    public string? Bucket { get; private init; }

    public string Root { get; private init; } = "";

    public string? Region { get; private init; }

    public Uri? Endpoint { get; private init; }

    public bool VirtualHostStyle { get; private init; }

    public bool FollowRegion { get; private init; } = true;

    public string? AccessKey { get; private init; }

    public string? SecretKey { get; private init; }

    public string? SessionToken { get; private init; }

    public string? Profile { get; private init; }

    public string? ProfilePath { get; private init; }

    public bool DisableConfigLoad { get; private init; }

    /// <summary>What must be mended before anything can be sent, each with the property's name.</summary>
    public List<string> Problems { get; } = [];

    /// <summary>Tells places apart, so that what was sent to one is never taken for another's.</summary>
    public string Identity => Type == UploadTargetType.Fs ? "fs:" + Root : $"{Type}:{Endpoint?.GetLeftPart(UriPartial.Authority) ?? Region}/{Bucket}".ToLowerInvariant();

    public static TargetSettings Primary(S3UploadOptions o) => Read(new("s3Upload")
    {
        Type = o.Type,
        Bucket = Text(o.BucketName),
        Root = Text(o.Root) ?? "",
        Region = Text(o.Region) ?? RegionOf(o.Endpoint),
        Endpoint = Address(o.Endpoint),
        VirtualHostStyle = o.EnableVirtualHostStyle ?? IsUsual(o.Type, o.Endpoint),
        FollowRegion = o.AllowBucketRegionOverride,
        AccessKey = Text(o.AccessKey),
        SecretKey = Text(o.SecretKey),
        SessionToken = Text(o.SessionToken),
        Profile = Text(o.AwsProfile),
        ProfilePath = Text(o.AwsProfilePath),
        DisableConfigLoad = o.DisableConfigLoad,
    }, o.Endpoint, o.UseDefaultRegion);

    /// <summary>Null where there is none.</summary>
    public static TargetSettings? Fallback(S3UploadOptions o) => Text(o.FallbackBucketName) is null && Text(o.FallbackRoot) is null ? null : Read(new("s3UploadFallback")
    {
        Type = o.FallbackType,
        Bucket = Text(o.FallbackBucketName),
        Root = Text(o.FallbackRoot) ?? "",
        Region = Text(o.FallbackRegion) ?? RegionOf(o.FallbackEndpoint),
        Endpoint = Address(o.FallbackEndpoint),
        VirtualHostStyle = o.FallbackEnableVirtualHostStyle ?? IsUsual(o.FallbackType, o.FallbackEndpoint),
        AccessKey = Text(o.FallbackAccessKey),
        SecretKey = Text(o.FallbackSecretKey),
        SessionToken = Text(o.FallbackSessionToken),
        Profile = Text(o.FallbackAwsProfile),
        ProfilePath = Text(o.AwsProfilePath),
        DisableConfigLoad = o.DisableConfigLoad,
    }, o.FallbackEndpoint, o.UseDefaultRegion);

    /// <summary>The name of a property of this destination.</summary>
    public string Property(string name) => _prefix + name;

    /// <summary>The text without anything that is secret.</summary>
    public string Redact(string text)
    {
        foreach (var secret in new[] { SecretKey, SessionToken, AccessKey })
        {
            if (secret is { Length: > 3 })
                text = text.Replace(secret, "***", StringComparison.Ordinal);
        }

        return text;
    }

    private static TargetSettings Read(TargetSettings settings, string? endpoint, bool useDefaultRegion)
    {
        settings.Check(Text(endpoint), useDefaultRegion);
        return settings;
    }

    private void Check(string? endpoint, bool useDefaultRegion)
    {
        if (Type == UploadTargetType.Fs)
        {
            if (!Path.IsPathFullyQualified(Root))
                Problems.Add($"{Property("Root")} must be the absolute path of a folder");
            return;
        }

        if (Bucket is null)
            Problems.Add($"{Property("BucketName")} is missing; set it to the bucket's name");
        else if (!BucketName().IsMatch(Bucket))
            Problems.Add($"{Property("BucketName")} is no name of a bucket: 3 to 63 small letters, digits, dots and hyphens");
        if (endpoint is not null && Endpoint is null)
            Problems.Add($"{Property("Endpoint")} is no address; write https://HOST or https://HOST:PORT, without user, path and query");
        if (Type == UploadTargetType.Oss && Endpoint is null && endpoint is null)
            Problems.Add($"{Property("Endpoint")} is missing; OSS needs it, such as https://oss-eu-central-1.aliyuncs.com");
        if (Endpoint is null && endpoint is null && Region is null && !useDefaultRegion)
            Problems.Add($"{Property("Region")} is missing; set it, or {Property("Endpoint")}");
        if (AccessKey is null != SecretKey is null)
            Problems.Add($"{Property(AccessKey is null ? "AccessKey" : "SecretKey")} is missing; access key and secret key go together");
        if (AccessKey is null && (DisableConfigLoad || Type == UploadTargetType.Oss))
            Problems.Add($"{Property("AccessKey")} and {Property("SecretKey")} are missing; nothing else may give keys here");
    }

    /// <summary>A region that the host name of an endpoint tells: <c>s3.REGION.amazonaws.com</c>, <c>s3-REGION</c>, dual stack, <c>oss-REGION.aliyuncs.com</c>.</summary>
    private static string? RegionOf(string? endpoint) =>
        endpoint is not null && RegionHost().Match(endpoint) is { Success: true } match ? match.Groups[1].Value : null;

    /// <summary>Amazon and OSS want the bucket in the host name; the stores of others often have no names for their buckets.</summary>
    private static bool IsUsual(UploadTargetType type, string? endpoint) =>
        type == UploadTargetType.Oss || Address(endpoint) is not { } address || address.Host.EndsWith(".amazonaws.com", StringComparison.OrdinalIgnoreCase);

    private static Uri? Address(string? text)
    {
        if (Text(text) is not { } given)
            return null;
        if (!given.Contains("://", StringComparison.Ordinal))
            given = "https://" + given;
        return Uri.TryCreate(given, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.UserInfo.Length == 0
            && uri.PathAndQuery == "/" && uri.Host.Length > 0 ? uri : null;
    }

    private static string? Text(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    [GeneratedRegex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
    private static partial Regex BucketName();

    [GeneratedRegex(@"^(?:https?://)?(?:s3[.-](?:dualstack\.)?|(?:s3\.)?oss-)([a-z0-9-]+?)(?:-internal)?\.(?:amazonaws\.com|aliyuncs\.com)", RegexOptions.IgnoreCase)]
    private static partial Regex RegionHost();
}
