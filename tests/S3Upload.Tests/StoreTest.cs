using System.Security.Cryptography;
using Amazon.S3;
using Amazon.S3.Model;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Tapedeck.Steps;
using Tapedeck.UploadBench;

namespace Tapedeck.S3Upload.Tests;

/// <summary>A bucket, a proxy with faults before it, a folder for files, and a module that uploads them.</summary>
public abstract class StoreTest(SwiftFixture swift) : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tapedeck-upload-").FullName;
    private readonly List<S3UploadModule> _modules = [];

    internal SwiftServer Swift => swift.Server;

    internal FaultProxy Proxy { get; private set; } = null!;

    protected string Bucket { get; private set; } = "";

    protected string Folder => _folder;

    protected AmazonS3Client Client { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Bucket = await swift.Server.BucketAsync();
        Client = swift.Server.Client();
        Proxy = new FaultProxy(swift.Server.Port);
    }

    public async Task DisposeAsync()
    {
        foreach (var module in _modules)
            await module.DisposeAsync();
        Client.Dispose();
        await Proxy.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Properties that lead to the bucket, through the proxy.</summary>
    protected S3UploadOptions Options(Action<S3UploadOptions>? change = null)
    {
        var options = new S3UploadOptions
        {
            BucketName = Bucket, Endpoint = Proxy.Endpoint, AccessKey = SwiftServer.AccessKey, SecretKey = SwiftServer.SecretKey, PartBytes = 64 << 10,
        };
        change?.Invoke(options);
        return options;
    }

    protected S3UploadModule Module(Action<S3UploadOptions>? change = null, TimeProvider? time = null, ILogger<S3UploadModule>? logger = null)
    {
        var module = new S3UploadModule(Options(change), time ?? TimeProvider.System, logger ?? NullLogger<S3UploadModule>.Instance);
        _modules.Add(module);
        return module;
    }

    /// <summary>A file of so many bytes that are its own.</summary>
    protected string MakeFile(string name, int bytes, int seed = 1)
    {
        var content = new byte[bytes];
        new Random(seed).NextBytes(content);
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }

    protected static async Task<StepResult> RunAsync(S3UploadModule module, StepCall step) => await module.RunStepAsync(step, CancellationToken.None);

    /// <summary>The object is the file, to the byte.</summary>
    protected async Task MustHoldAsync(string key, string path)
    {
        using var answer = await Client.GetObjectAsync(Bucket, key);
        using var content = new MemoryStream();
        await answer.ResponseStream.CopyToAsync(content);
        content.ToArray().ShouldBe(await File.ReadAllBytesAsync(path));
        answer.Metadata["sha256"].ShouldBe(Convert.ToHexStringLower(SHA256.HashData(content.ToArray())));
    }

    protected async Task<List<string>> KeysAsync() =>
        [.. ((await Client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = Bucket })).S3Objects ?? []).Select(o => o.Key)];
}
