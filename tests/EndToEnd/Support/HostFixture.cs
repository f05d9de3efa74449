[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Tapedeck.EndToEnd.Tests;

/// <summary>One host with the applications that come with the program, for all tests of a class.</summary>
public sealed class HostFixture : IAsyncLifetime
{
    internal HostProcess Host { get; private set; } = null!;

    internal TestHome Home => Host.Home;

    public async Task InitializeAsync() => Host = await HostProcess.StartAsync();

    public async Task DisposeAsync() => await Host.DisposeAsync();
}
