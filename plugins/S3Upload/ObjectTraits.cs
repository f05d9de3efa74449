using Amazon.S3;
using Amazon.S3.Model;
using Tapedeck.Steps;

namespace Tapedeck.S3Upload;

/// <summary>What an object carries besides its bytes: type, metadata, tags, rights, storage class, encryption.</summary>
internal sealed class ObjectTraits
{
    public const string Hash = "sha256";
    public const string Step = "tapedeck-step";

    private static readonly Dictionary<string, string> Types = new(StringComparer.OrdinalIgnoreCase)
    {
        [".mp4"] = "video/mp4", [".m4v"] = "video/mp4", [".m4s"] = "video/iso.segment", [".m4a"] = "audio/mp4", [".mov"] = "video/quicktime", [".flv"] = "video/x-flv",
        [".ts"] = "video/mp2t", [".webm"] = "video/webm", [".mkv"] = "video/x-matroska", [".mpd"] = "application/dash+xml", [".m3u8"] = "application/vnd.apple.mpegurl",
        [".json"] = "application/json", [".jpg"] = "image/jpeg", [".png"] = "image/png", [".vtt"] = "text/vtt", [".mp3"] = "audio/mpeg", [".ogg"] = "audio/ogg",
    };

    private readonly S3UploadOptions _options;
    private readonly List<(string Name, string Value)> _metadata;
    private readonly List<(string Name, string Value)> _tags;
    private readonly S3CannedACL? _acl;

    private ObjectTraits(S3UploadOptions options, List<string> problems)
    {
        _options = options;
        _metadata = Pairs(options.Metadata, "s3UploadMetadata", problems);
        if (_metadata.Exists(m => m.Name is Hash or Step || !m.Name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') || m.Value.Any(c => c is < ' ' or > '~')))
            problems.Add($"s3UploadMetadata: names are of letters, digits and hyphens, values of ASCII; {Hash} and {Step} are taken");
        _tags = Pairs(options.Tags, "s3UploadTags", problems);
        if (_tags.Count > 10)
            problems.Add("s3UploadTags: an object takes ten at most");
        if (options.CannedAcl is { Length: > 0 } acl)
        {
            _acl = Acls.Find(a => Same(a.Value, acl));
            if (_acl is null)
                problems.Add($"s3UploadCannedAcl: '{acl}' cannot be used; write one of {string.Join(", ", Acls.Select(a => a.Value))}");
        }

        if (options.ACLPermissionRule is { Length: > 0 } rule && rule.ToUpperInvariant() is not ("READ" or "WRITE" or "READ_ACP" or "WRITE_ACP" or "FULL_CONTROL"))
            problems.Add($"s3UploadACLPermissionRule: '{rule}' cannot be used; write one of READ, WRITE, READ_ACP, WRITE_ACP, FULL_CONTROL");
        if (string.IsNullOrEmpty(options.ACLGroupGranteeUri) != string.IsNullOrEmpty(options.ACLPermissionRule))
            problems.Add("s3UploadACLGroupGranteeUri and s3UploadACLPermissionRule go together; set both, or neither");
        if (options.Encryption is { Length: > 0 } encryption && encryption is not ("AES256" or "aws:kms"))
            problems.Add($"s3UploadEncryption: '{encryption}' cannot be used; write AES256 or aws:kms");
        if (options.KmsKeyId is { Length: > 0 } && options.Encryption != "aws:kms")
            problems.Add("s3UploadKmsKeyId needs s3UploadEncryption: aws:kms");
    }

    private static List<S3CannedACL> Acls { get; } =
    [
        S3CannedACL.Private, S3CannedACL.PublicRead, S3CannedACL.PublicReadWrite, S3CannedACL.AuthenticatedRead, S3CannedACL.AWSExecRead,
        S3CannedACL.BucketOwnerRead, S3CannedACL.BucketOwnerFullControl, S3CannedACL.LogDeliveryWrite,
    ];

    /// <param name="options">The properties.</param>
    /// <param name="problems">Gets what cannot be used.</param>
    public static ObjectTraits Read(S3UploadOptions options, List<string> problems) => new(options, problems);

    // The SDK's two requests have these properties but no base that declares them.
    public PutObjectRequest Apply(PutObjectRequest request, StepCall step, string hash)
    {
        request.ContentType = TypeOf(request.Key);
        Describe(request.Metadata, step, hash);
        request.TagSet = Tags();
        request.CannedACL = Grants() is null ? _acl : null;
        request.Grants = Grants();
        request.StorageClass = Class();
        request.ServerSideEncryptionMethod = Method();
        request.ServerSideEncryptionKeyManagementServiceKeyId = Key();
        return request;
    }

    public InitiateMultipartUploadRequest Apply(InitiateMultipartUploadRequest request, StepCall step, string hash)
    {
        request.ContentType = TypeOf(request.Key);
        Describe(request.Metadata, step, hash);
        request.TagSet = Tags();
        request.CannedACL = Grants() is null ? _acl : null;
        request.Grants = Grants();
        request.StorageClass = Class();
        request.ServerSideEncryptionMethod = Method();
        request.ServerSideEncryptionKeyManagementServiceKeyId = Key();
        return request;
    }

    private static bool Same(string left, string right) =>
        left.Replace("-", "", StringComparison.Ordinal).Equals(right.Replace("-", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);

    private static List<(string Name, string Value)> Pairs(string? text, string property, List<string> problems)
    {
        var pairs = new List<(string, string)>();
        foreach (var pair in (text ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
                pairs.Add((pair[..equals].Trim(), pair[(equals + 1)..].Trim()));
            else
                problems.Add($"{property}: '{pair}' cannot be used; write name=value, with commas between several");
        }

        return pairs;
    }

    private void Describe(MetadataCollection metadata, StepCall step, string hash)
    {
        metadata[Hash] = hash;
        metadata[Step] = step.Id.ToString("N");
        metadata["recording"] = step.Recording.Id.ToString("N");
        metadata["started"] = step.File!.StartedAt.UtcDateTime.ToString("O", System.Globalization.CultureInfo.InvariantCulture);
        foreach (var (name, value) in _metadata)
            metadata[name] = value;
    }

    private string TypeOf(string key) =>
        _options.ContentType is { Length: > 0 } type ? type : Types.GetValueOrDefault(ObjectName.ExtensionOf(key), "application/octet-stream");

    private List<Tag>? Tags() => _tags.Count == 0 ? null : [.. _tags.Select(t => new Tag { Key = t.Name, Value = t.Value })];

    private List<S3Grant>? Grants() => string.IsNullOrEmpty(_options.ACLGroupGranteeUri) ? null :
    [
        new() { Grantee = new S3Grantee { URI = _options.ACLGroupGranteeUri }, Permission = new S3Permission(_options.ACLPermissionRule!.ToUpperInvariant()) },
    ];

    private S3StorageClass? Class() => string.IsNullOrEmpty(_options.StorageClass) ? null : new(_options.StorageClass);

    private ServerSideEncryptionMethod? Method() => string.IsNullOrEmpty(_options.Encryption) ? null : new(_options.Encryption);

    private string? Key() => string.IsNullOrEmpty(_options.KmsKeyId) ? null : _options.KmsKeyId;
}
