using System.Diagnostics;
using System.Net;
using System.Runtime.CompilerServices;
using Tapedeck.Engine.Streams;

namespace Tapedeck.Ingest.Rtmp.Tests.Kit;

/// <summary>
/// Connections in memory, each with its session. Its end is part of every test: all connections are gone, each left one line, no contract was
/// broken and the logs gave all memory back.
/// </summary>
internal sealed class TestServer : IAsyncDisposable
{
    /// <summary>Only a test that fails waits that long.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly List<ScriptClient> _clients = [];

    public TestServer(RtmpServerOptions? options = null)
    {
        Options = options ?? new RtmpServerOptions();
        Live = new FakeInstance("live", Pool, Time);
        Applications.Known["live"] = Live;
    }

    public ManualTime Time { get; } = new();

    public SlabPool Pool { get; } = new();

    public LogLines Log { get; } = new();

    public FakeApplications Applications { get; } = new();

    public FakeInstance Live { get; }

    public RtmpServerOptions Options { get; }

    /// <summary>A client that has sent nothing yet.</summary>
    /// <param name="maxRead">Most bytes the server gets in one receive.</param>
    /// <param name="window">Bytes that go out without the client's reading.</param>
    /// <param name="reads">False when the client does not read before <see cref="ScriptClient.StartReading"/>.</param>
    public ScriptClient Open(int maxRead = int.MaxValue, long window = long.MaxValue, bool reads = true)
    {
        var transport = new PipeTransport(window) { MaxRead = maxRead };
        var id = (_clients.Count + 1).ToString(System.Globalization.CultureInfo.InvariantCulture);
        var connection = new RtmpConnection(id, "rtmp", transport, transport.ShutDown, new IPEndPoint(IPAddress.Loopback, 40_000), Applications, Options, Time, Log);
        var client = new ScriptClient(transport, connection, Task.Run(async () =>
        {
            await connection.RunAsync();
            await transport.DisposeAsync();
        }));
        _clients.Add(client);
        if (reads)
            client.StartReading();
        return client;
    }

    /// <summary>A client whose connect was answered.</summary>
    public async Task<ScriptClient> ConnectAsync(int maxRead = int.MaxValue, long window = long.MaxValue)
    {
        var client = Open(maxRead, window);
        await client.Handshake().Connect("live").SendAsync();
        await client.ExpectAsync(ScriptClient.ConnectAnswer);
        return client;
    }

    /// <summary>A client that publishes on message stream 1.</summary>
    public async Task<ScriptClient> PublishAsync(string name = "cam", int maxRead = int.MaxValue)
    {
        var client = await ConnectAsync(maxRead);
        await client.Command("createStream", 2).On(1, "publish", 3, name, "live").SendAsync();
        await client.ExpectAsync("_result 2 1", "begin 1", "onStatus@1 NetStream.Publish.Start");
        return client;
    }

    /// <summary>A client whose stream "cam" is recorded.</summary>
    public async Task<ScriptClient> PublishRecordedAsync()
    {
        var client = await ConnectAsync();
        await client.Command("createStream", 2).On(1, "publish", 3, "cam", "record").SendAsync();
        await client.ExpectAsync("_result 2 1", "begin 1", "onStatus@1 NetStream.Publish.Start", "onStatus@1 NetStream.Record.Start");
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
            await client.CloseAsync();
        Live.Dispose();
        foreach (var other in Applications.Known.Values)
            other.Dispose();
        Live.Violations.ShouldBeEmpty();
        Live.Disconnected.ShouldBe(Live.Connected);
        Live.Streams.ShouldBeEmpty();
        Log.Closed.Count.ShouldBe(_clients.Count);
        for (var i = 0; Pool.LentBytes != 0 && i < 1000; i++)
            await Task.Yield(); // players let go of the log in tasks of their own
        await WaitForAsync(() => Pool.LentBytes == 0);
    }

    /// <summary>Waits for what another task is about to do; fails by the name of the condition when it does not happen.</summary>
    public static async Task WaitForAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        for (var start = Stopwatch.GetTimestamp(); !condition();)
        {
            Stopwatch.GetElapsedTime(start).ShouldBeLessThan(Patience, $"never happened: {what}");
            await Task.Yield();
        }
    }
}
