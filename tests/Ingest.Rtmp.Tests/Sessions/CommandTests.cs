using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Tapedeck.Ingest.Rtmp.Tests.Kit;
using Tapedeck.Modules;
using Tapedeck.Protocols.Rtmp;

namespace Tapedeck.Ingest.Rtmp.Tests.Sessions;

/// <summary>Commands of clients, answered by modules beside the session.</summary>
public sealed class CommandTests
{
    [Fact]
    public async Task Results_errors_and_nobody_are_mapped()
    {
        await using var server = new TestServer();
        server.Live.OnCall = (call, _) => new(call.Name switch
        {
            "add" => CommandResult.Ok((double)call.Arguments[0]! + (double)call.Arguments[1]!),
            "map" => CommandResult.Ok(new Dictionary<string, object?> { ["code"] = "Fine", ["n"] = 3 }),
            "fail" => CommandResult.Error("My.Code", "What is wrong."),
            _ => CommandResult.NotHandled,
        });
        var client = await server.ConnectAsync();
        await client.Command("add", 2, 1.0, 2.5).Command("map", 3).Command("fail", 4).Command("unknown", 5).SendAsync();
        await client.ExpectAsync("_result 2 3.5", "_result 3 Fine", "_error 4 My.Code", "_result 5");
    }

    [Fact]
    public async Task The_module_sees_the_object_and_the_arguments()
    {
        await using var server = new TestServer();
        CommandCall? seen = null;
        server.Live.OnCall = (call, _) =>
        {
            seen = call;
            return new(CommandResult.Ok());
        };
        var client = await server.ConnectAsync();
        await client.Append(3, 0, new RtmpCommand("startRecording", 2, new AmfObject { ["Who"] = "me" }, "cam", new AmfObject { ["Format"] = 1.0 })).SendAsync();
        await client.ExpectAsync("_result 2");
        ((IReadOnlyDictionary<string, object?>)seen!.CommandObject!)["WHO"].ShouldBe("me");
        seen.Arguments.GetString(0).ShouldBe("cam");
        seen.Arguments.GetObject(1)!["format"].ShouldBe(1.0);
        seen.Client.ShouldBeSameAs(client.Connection);
        (seen.Client.UserAgent, seen.Client.Protocol).ShouldBe(("FMLE/3.0 (compatible; FMSc/1.0)", "rtmp"));
    }

    [Fact]
    public async Task A_call_that_is_never_answered_stops_neither_media_nor_the_protocol_itself()
    {
        await using var server = new TestServer();
        var never = new TaskCompletionSource<CommandResult>();
        server.Live.OnCall = (_, _) => new(never.Task);
        var client = await server.PublishAsync();
        await client.Command("slow", 9).Video(0, Flv.AvcHeader).SendAsync();
        await client.Video(0, Flv.Key(1)).Ping(5).SendAsync();
        (await server.Live.Tap("cam").TakeAsync(2)).Count.ShouldBe(2);
        (await client.SyncAsync()).ShouldBe(["pong 5"]);
        await client.Transport.ClientOutput.CompleteAsync();
        await TestServer.WaitForAsync(() => server.Log.Closed.Count == 1); // the end is not held up either
        server.Live.Streams.ShouldBeEmpty();
        never.SetResult(CommandResult.Ok());
    }

    [Fact]
    public async Task Answers_keep_the_order_of_the_calls()
    {
        await using var server = new TestServer();
        var first = new TaskCompletionSource<CommandResult>();
        server.Live.OnCall = (call, _) => call.Name == "first" ? new(first.Task) : new(CommandResult.Ok(call.Name));
        var client = await server.ConnectAsync();
        await client.Command("first", 2).Command("second", 3).Command("third", 4).SendAsync();
        (await client.SyncAsync()).ShouldBeEmpty();
        first.SetResult(CommandResult.Ok("first"));
        await client.ExpectAsync("_result 2 first", "_result 3 second", "_result 4 third");
    }

    [Fact]
    public async Task A_flood_of_calls_is_refused_and_media_goes_on()
    {
        await using var server = new TestServer(new RtmpServerOptions { MaxPendingCalls = 4 });
        var gate = new TaskCompletionSource<CommandResult>();
        var asked = 0;
        server.Live.OnCall = (_, _) =>
        {
            Interlocked.Increment(ref asked);
            return new(gate.Task);
        };
        var client = await server.PublishAsync();
        await client.Command("x", 100).SendAsync();
        await TestServer.WaitForAsync(() => Volatile.Read(ref asked) == 1);
        for (var i = 1; i <= 50; i++)
            client.Command("x", 100 + i);
        await client.Video(0, Flv.AvcHeader).SendAsync();
        (await client.SyncAsync()).ShouldBe(Enumerable.Range(5, 46).Select(i => $"_error {100 + i} NetConnection.Call.Failed"));
        (await server.Live.Tap("cam").TakeAsync(1)).Count.ShouldBe(1);
        gate.SetResult(CommandResult.Ok());
        await client.ExpectAsync("_result 100", "_result 101", "_result 102", "_result 103", "_result 104");
    }

    [Fact]
    public async Task A_module_that_throws_or_answers_nonsense_gets_its_caller_an_error_and_the_next_call_goes_on()
    {
        await using var server = new TestServer();
        var endless = new Dictionary<string, object?>();
        endless["a"] = endless;
        server.Live.OnCall = (call, _) => call.Name switch
        {
            "throws" => throw new InvalidOperationException("oops"),
            "endless" => new(CommandResult.Ok(endless)),
            "huge" => new(CommandResult.Ok(new string('x', 17_000_000))),
            "name" => new(CommandResult.Ok(new Dictionary<string, object?> { [new string('x', 70_000)] = 1 })),
            _ => new(CommandResult.Ok("fine")),
        };
        var client = await server.PublishAsync();
        await client.Command("throws", 2).Command("endless", 3).Command("huge", 4).Command("name", 5).Command("next", 6).SendAsync();
        await client.ExpectAsync("_error 2 NetConnection.Call.Failed", "_error 3 NetConnection.Call.Failed", "_error 4 NetConnection.Call.Failed", "_error 5 NetConnection.Call.Failed", "_result 6 fine");
        server.Log.AtLeast(LogLevel.Error).Count.ShouldBe(4);
        await client.CloseAsync();
        server.Log.Closed.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Each_client_sees_its_own_streams_only()
    {
        await using var server = new TestServer();
        var seen = new ConcurrentDictionary<string, string>();
        server.Live.OnCall = (call, _) =>
        {
            seen[call.Client.Id] = string.Join(',', call.Client.PublishedStreams.Select(s => s.Name));
            return new(CommandResult.Ok());
        };
        var one = await server.PublishAsync("one");
        var two = await server.PublishAsync("two");
        var three = await server.ConnectAsync();
        foreach (var client in (ScriptClient[])[one, two, three])
        {
            await client.Command("mine", 8).SendAsync();
            await client.ExpectAsync("_result 8");
        }

        seen.ShouldBe(new Dictionary<string, string> { [one.Connection.Id] = "one", [two.Connection.Id] = "two", [three.Connection.Id] = "" }, ignoreOrder: true);
    }

    [Fact]
    public async Task What_waits_when_the_client_leaves_is_still_carried_out()
    {
        await using var server = new TestServer();
        var gate = new TaskCompletionSource<CommandResult>();
        var done = new ConcurrentQueue<string>();
        server.Live.OnCall = (call, _) =>
        {
            done.Enqueue(call.Name);
            return new(gate.Task);
        };
        var client = await server.ConnectAsync();
        await client.Command("a", 2).Command("b", 3).SendAsync();
        await client.SyncAsync();
        await client.Transport.ClientOutput.CompleteAsync();
        await TestServer.WaitForAsync(() => server.Log.Closed.Count == 1);
        gate.SetResult(CommandResult.Ok());
        await client.Session;
        done.ShouldBe(["a", "b"]);
    }
}
