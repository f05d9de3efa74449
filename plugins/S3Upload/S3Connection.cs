using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;
using Amazon.S3;

namespace Tapedeck.S3Upload;

/// <summary>Makes the client for a destination.</summary>
internal static class S3Connection
{
    /// <param name="settings">Where it is.</param>
    /// <param name="transport">What carries the requests; null: the network.</param>
    /// <exception cref="UploadException">Keys or region cannot be found.</exception>
    public static AmazonS3Client Open(TargetSettings settings, HttpClientFactory? transport)
    {
        var config = new AmazonS3Config
        {
            // Checksums are ours: Content-MD5 with each body, SHA-256 in the metadata. Those of the SDK travel in chunked bodies, which many stores refuse or store as data.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            ForcePathStyle = !settings.VirtualHostStyle,
            AllowAutoRedirect = settings.FollowRegion,
            RetryMode = RequestRetryMode.Standard,
            MaxErrorRetry = 2,
            Timeout = Timeout.InfiniteTimeSpan, // The stall guard of each request ends it.
            ConnectTimeout = TimeSpan.FromSeconds(10),
            // The pace of one store must not throttle retries of another.
            ThrottleRetries = false,
            HttpClientFactory = transport,
        };
        if (settings.Endpoint is { } endpoint)
        {
            config.ServiceURL = endpoint.GetLeftPart(UriPartial.Authority);
            config.AuthenticationRegion = settings.Region ?? "us-east-1";
        }
        else
        {
            if (settings.Region is { } region)
                config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
            else if (config.RegionEndpoint is null)
                throw new UploadException($"no region is known for the bucket {settings.Bucket}; set {settings.Property("Region")}");
        }

        // Without given keys: environment, profile, role of the machine, in the order of every program of Amazon's.
        return Credentials(settings) is { } credentials ? new(credentials, config) : new(config);
    }

    private static AWSCredentials? Credentials(TargetSettings settings)
    {
        if (settings.AccessKey is { } key)
            return settings.SessionToken is { } token ? new SessionAWSCredentials(key, settings.SecretKey, token) : new BasicAWSCredentials(key, settings.SecretKey);
        if (settings.Profile is null)
            return null;
        return new CredentialProfileStoreChain(settings.ProfilePath).TryGetAWSCredentials(settings.Profile, out var found)
            ? found
            : throw new UploadException(
                $"there are no keys for the profile '{settings.Profile}' in {settings.ProfilePath ?? "the usual credentials file"}; correct {settings.Property("AwsProfile")} or s3UploadAwsProfilePath");
    }
}
