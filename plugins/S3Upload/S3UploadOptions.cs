using System.ComponentModel.DataAnnotations;
using Tapedeck.Modules;

namespace Tapedeck.S3Upload;

/// <summary>
/// Where and how files are uploaded. Set by the application's properties <c>s3UploadBucketName</c>, <c>s3UploadRegion</c>, …: those of Wowza's module of this name, and more.
/// Never written to a log.
/// </summary>
[ModuleOptions("s3Upload")]
public sealed class S3UploadOptions
{
    /// <summary>What the files go to.</summary>
    public UploadTargetType Type { get; set; }

    /// <summary>Name of the bucket.</summary>
    public string? BucketName { get; set; }

    /// <summary>What all names in the bucket begin with; a <c>/</c> is added. For <see cref="UploadTargetType.Fs"/> the folder, which must exist.</summary>
    public string? Root { get; set; }

    /// <summary>Put before <see cref="Key"/>; knows the same variables, and Wowza's.</summary>
    public string? FilePrefix { get; set; }

    /// <summary>Template of the object's name.</summary>
    public string Key { get; set; } = "{path}";

    /// <summary>Region, such as <c>eu-central-1</c>; null: as the endpoint says, else as <see cref="UseDefaultRegion"/> says.</summary>
    public string? Region { get; set; }

    /// <summary>Address of a store that is not Amazon's, such as <c>https://storage.example.com</c>.</summary>
    public string? Endpoint { get; set; }

    /// <summary>Without region and endpoint: take the region that the environment or the profile says.</summary>
    public bool UseDefaultRegion { get; set; } = true;

    /// <summary>Follow the bucket into its region when that is another.</summary>
    public bool AllowBucketRegionOverride { get; set; } = true;

    /// <summary>Address the bucket as part of the host name; null: as the store wants it (Amazon and OSS: yes, other endpoints: no).</summary>
    public bool? EnableVirtualHostStyle { get; set; }

    /// <summary>Access key (id).</summary>
    public string? AccessKey { get; set; }

    /// <summary>Secret of the access key.</summary>
    public string? SecretKey { get; set; }

    /// <summary>Token of keys that expire (OSS: security token).</summary>
    public string? SessionToken { get; set; }

    /// <summary>Profile of Amazon's credentials file to take the keys from.</summary>
    public string? AwsProfile { get; set; }

    /// <summary>Where that file is; null: in its usual place.</summary>
    public string? AwsProfilePath { get; set; }

    /// <summary>Take keys from these properties only, never from environment, files or the machine's role.</summary>
    public bool DisableConfigLoad { get; set; }

    /// <summary>Look for the bucket at start and say in the log what is wrong.</summary>
    public bool CheckBucket { get; set; } = true;

    /// <summary>Go on with parts that were sent before; false: begin anew with each attempt.</summary>
    public bool ResumeUploads { get; set; } = true;

    /// <summary>Try again after a failure; false: the first failure is final.</summary>
    public bool RestartFailedUploads { get; set; } = true;

    /// <summary>How long after a failure; null: the host chooses, longer each time.</summary>
    public TimeSpan? RestartFailedUploadTimeout { get; set; }

    /// <summary>
    /// What happens when the name is another object's. True: the next free name after the recorder's own number was taken off. False: that object is replaced.
    /// Null: the next free name.
    /// </summary>
    public bool? VersionFile { get; set; }

    /// <summary>With <see cref="VersionFile"/>: take the recorder's <c>_NUMBER</c> off the name first.</summary>
    public bool StripRecorderVersioning { get; set; } = true;

    /// <summary>Delete the local file when its upload was verified.</summary>
    public bool DeleteOriginalFiles { get; set; }

    /// <summary>The same, as older configurations spell it; goes before <see cref="DeleteOriginalFiles"/>.</summary>
    public bool? DeletOriginalFiles { get; set; }

    /// <summary>How old a file is at least when its upload begins.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Hours of the day in which uploads run, such as <c>22:00-06:00</c>, several with commas; null: always.</summary>
    public string? Window { get; set; }

    /// <summary>Time zone of <see cref="Window"/>, such as <c>Europe/Berlin</c>; null: UTC.</summary>
    public string? TimeZone { get; set; }

    /// <summary>Bytes a second at most, of all uploads of the application instance together; 0: no limit.</summary>
    [Range(0L, long.MaxValue)]
    public long BandwidthBytes { get; set; }

    /// <summary>How many files are uploaded at a time.</summary>
    [Range(1, 64)]
    public int Concurrency { get; set; } = 2;

    /// <summary>Size of the parts that larger files are sent in; each upload holds one in memory.</summary>
    [Range(5L << 20, 1L << 30)]
    public long PartBytes { get; set; } = 8L << 20;

    /// <summary>How long a store may take nothing and answer nothing.</summary>
    public TimeSpan StallTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long one attempt may take in all; the next goes on where it was.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Content type; null: by the name's extension.</summary>
    public string? ContentType { get; set; }

    /// <summary>Further metadata, <c>name=value, name=value</c>. The SHA-256 is always there.</summary>
    public string? Metadata { get; set; }

    /// <summary>Tags, <c>key=value, key=value</c>.</summary>
    public string? Tags { get; set; }

    /// <summary>Storage class, such as <c>STANDARD_IA</c>.</summary>
    public string? StorageClass { get; set; }

    /// <summary>Encryption by the store: <c>AES256</c> or <c>aws:kms</c>.</summary>
    public string? Encryption { get; set; }

    /// <summary>Key of <c>aws:kms</c>; null: the bucket's.</summary>
    public string? KmsKeyId { get; set; }

    /// <summary>Rights by name, such as <c>public-read</c>, or <c>PublicRead</c> as Wowza has it.</summary>
    public string? CannedAcl { get; set; }

    /// <summary>Group that gets <see cref="ACLPermissionRule"/>; both together go before <see cref="CannedAcl"/>.</summary>
    public string? ACLGroupGranteeUri { get; set; }

    /// <summary>What the group may do, such as <c>READ</c>.</summary>
    public string? ACLPermissionRule { get; set; }

    /// <summary>Tell each part and decision in the log.</summary>
    public bool DebugLog { get; set; }

    /// <summary>The second destination takes turns with the first after so many failures in a row.</summary>
    [Range(1, 1000)]
    public int FallbackAfter { get; set; } = 3;

    /// <summary>As <see cref="Type"/>, of the second destination.</summary>
    public UploadTargetType FallbackType { get; set; }

    /// <summary>As <see cref="BucketName"/>, of the second destination. It, or <see cref="FallbackRoot"/> of a folder, switches that on.</summary>
    public string? FallbackBucketName { get; set; }

    /// <summary>As <see cref="Root"/>, of the second destination.</summary>
    public string? FallbackRoot { get; set; }

    /// <summary>As <see cref="Region"/>, of the second destination.</summary>
    public string? FallbackRegion { get; set; }

    /// <summary>As <see cref="Endpoint"/>, of the second destination.</summary>
    public string? FallbackEndpoint { get; set; }

    /// <summary>As <see cref="EnableVirtualHostStyle"/>, of the second destination.</summary>
    public bool? FallbackEnableVirtualHostStyle { get; set; }

    /// <summary>As <see cref="AccessKey"/>, of the second destination.</summary>
    public string? FallbackAccessKey { get; set; }

    /// <summary>As <see cref="SecretKey"/>, of the second destination.</summary>
    public string? FallbackSecretKey { get; set; }

    /// <summary>As <see cref="SessionToken"/>, of the second destination.</summary>
    public string? FallbackSessionToken { get; set; }

    /// <summary>As <see cref="AwsProfile"/>, of the second destination.</summary>
    public string? FallbackAwsProfile { get; set; }
}

/// <summary>What files are uploaded to.</summary>
public enum UploadTargetType
{
    /// <summary>Amazon S3, or a store that speaks its protocol.</summary>
    S3,

    /// <summary>Aliyun OSS, by its S3-compatible interface.</summary>
    Oss,

    /// <summary>Another folder.</summary>
    Fs,
}
