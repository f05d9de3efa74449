using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Tapedeck.Connections;
using Tapedeck.Ingest.Rtmp.Tests.Kit;
using Tapedeck.Streams;

namespace Tapedeck.Ingest.Rtmp.Tests.Sessions;

/// <summary>Everything at a time. What is judged at the end of every test is what counts here: memory, contracts, names, one line each.</summary>
public sealed class ConcurrencyTests
{
    [Fact]
    public async Task Twenty_race_for_one_name_and_one_gets_it()
    {
        await using var server = new TestServer();
        var clients = new List<ScriptClient>();
        for (var i = 0; i < 20; i++)
            clients.Add(await server.ConnectAsync());
        await Task.WhenAll(clients.Select(c => Task.Run(() => c.Command("createStream", 2).On(1, "publish", 0, "cam").Video(0, Flv.AvcHeader).SendAsync())));
        await TestServer.WaitForAsync(() => server.Log.Closed.Count == 19);
        // Who has the name may still be on the way to saying so when the last of the others has gone.
        await TestServer.WaitForAsync(() => clients.Any(c => c.Connection.PublishedStreams.Count == 1));
        clients.Count(c => c.Connection.PublishedStreams.Count == 1).ShouldBe(1);
        server.Live.Publishers.ShouldHaveSingleItem();
        (await server.Live.Tap("cam").TakeAsync(1)).Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Publishers_viewers_modules_and_accidents_in_any_order(int seed)
    {
        var unobserved = new ConcurrentQueue<Exception>();
        void Note(object? sender, UnobservedTaskExceptionEventArgs e)
        {
            // The event is the process's: other tests run beside this one.
            if (e.Exception.ToString().Contains("Tapedeck.Ingest.", StringComparison.Ordinal))
                unobserved.Enqueue(e.Exception);
        }

        TaskScheduler.UnobservedTaskException += Note;
        try
        {
            await using (var server = new TestServer())
            {
                // Opened one after the other; what they do then is up to chance.
                var clients = new List<ScriptClient>();
                for (var i = 0; i < 24; i++)
                    clients.Add(await server.ConnectAsync());
                await Task.WhenAll(clients.Select((c, i) => Task.Run(() => LiveAsync(server, c, new Random(seed * 1000 + i)))));
            }

            GC.Collect();
            GC.WaitForPendingFinalizers();
            unobserved.ShouldBeEmpty();
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= Note;
        }
    }

    [Fact]
    public async Task Statuses_from_many_threads_arrive_whole_between_media()
    {
        await using var server = new TestServer();
        var encoder = await server.PublishAsync();
        var viewer = await server.ConnectAsync();
        await viewer.Command("createStream", 2).On(1, "play", 0, "cam").SendAsync();
        await viewer.ExpectAsync("_result 2 1", "begin 1", "onStatus@1 NetStream.Play.Reset", "onStatus@1 NetStream.Play.Start");
        await encoder.Video(0, Flv.AvcHeader).Video(0, Flv.Key(0)).SendAsync();
        await viewer.ExpectAsync("Video@1 0", "Video@1 0");
        const int Each = 100;
        var talking = Enumerable.Range(0, 4).Select(n => Task.Run(() =>
        {
            for (var i = 0; i < Each; i++)
                viewer.Connection.SendStatus(new StatusMessage("status", $"S{n}", new string('x', 300)));
        })).ToList();
        for (var i = 1; i <= Each; i++)
            await encoder.Video((uint)i, Flv.Inter(i, 500)).SendAsync();
        await Task.WhenAll(talking);
        var next = 1;
        var statuses = 0;
        while (next <= Each || statuses < 4 * Each)
        {
            var reply = await viewer.NextAsync();
            if (reply.Text == $"Video@1 {next}")
                reply.Body.ShouldBe(Flv.Inter(next++, 500));
            else if (reply.Text.StartsWith("onStatus@0 S", StringComparison.Ordinal))
                statuses++;
            else
                throw new InvalidOperationException(reply.Text);
        }
    }

    [Fact]
    public async Task Viewers_come_and_go_while_the_stream_ends_and_begins_again()
    {
        await using var server = new TestServer();
        var stop = false;
        var viewing = Enumerable.Range(0, 3).Select(_ => server.ConnectAsync()).ToList();
        var viewers = (await Task.WhenAll(viewing)).Select(v => Task.Run(async () =>
        {
            for (var i = 1u; !Volatile.Read(ref stop) && i < 500; i++)
            {
                await v.Command("createStream", 0).On(i, "play", 0, "cam").Command("deleteStream", 0, (double)i).SendAsync();
                await v.SyncAsync();
            }
        })).ToList();
        var encoder = await server.PublishAsync();
        for (var i = 0; i < 50; i++)
        {
            await encoder.Video(0, Flv.AvcHeader).Video(0, Flv.Key(i, 2000)).Video(40, Flv.Inter(i)).On(1, "publish", 0, false).On(1, "publish", 0, "cam").SendAsync();
            (await encoder.SyncAsync()).ShouldBe(["onStatus@1 NetStream.Unpublish.Success", "begin 1", "onStatus@1 NetStream.Publish.Start"]);
        }

        Volatile.Write(ref stop, true);
        await Task.WhenAll(viewers);
        server.Log.AtLeast(LogLevel.Warning).ShouldBeEmpty();
    }

    private static async Task LiveAsync(TestServer server, ScriptClient client, Random random)
    {
        var name = $"cam{random.Next(6)}";
        client.Command("createStream", 0).ChunkSize(random.Next(128, 100_000));
        client.On(1, random.Next(2) == 0 ? "publish" : "play", 0, name);
        for (var step = 0; step < 30; step++)
        {
            switch (random.Next(12))
            {
                case 0:
                    client.On(1, "closeStream", 0).On(1, "publish", 0, name);
                    break;
                case 1:
                    client.Command("createStream", 0);
                    break;
                case 2:
                    client.Command("anything", 9, "x").Ping(5);
                    break;
                case 3:
                    client.Command("FCUnpublish", 0, name);
                    break;
                case 4 when random.Next(4) == 0:
                    client.Connection.Close("chance", StreamEndReason.TakenOver);
                    break;
                case 5 when random.Next(4) == 0:
                    await client.Raw([0xC0 | 50]).SendAsync();
                    break;
                default:
                    client.Video((uint)step * 40, Flv.AvcHeader).Video((uint)step * 40, Flv.Key(step, random.Next(1, 200_000))).Audio((uint)step * 40, Flv.Aac(step));
                    break;
            }

            var bytes = client.Take();
            var cut = random.Next(bytes.Length + 1);
            await client.SendAsync(bytes.AsSpan(0, cut));
            await Task.Yield();
            await client.SendAsync(bytes.AsSpan(cut));
        }

        if (random.Next(2) == 0)
            await client.ResetAsync();

        server.Live.Violations.ShouldBeEmpty();
    }
}
