using Tapedeck.UploadBench;

namespace Tapedeck.S3Upload.Tests;

/// <summary>One store for all tests; each has a bucket of its own.</summary>
public sealed class SwiftFixture : IAsyncLifetime
{
    internal SwiftServer Server { get; private set; } = null!;

    public async Task InitializeAsync() => Server = await SwiftServer.StartAsync();

    public async Task DisposeAsync() => await Server.DisposeAsync();
}

[CollectionDefinition(Name)]
public sealed class SwiftCollection : ICollectionFixture<SwiftFixture>
{
    public const string Name = "Swift";
}
