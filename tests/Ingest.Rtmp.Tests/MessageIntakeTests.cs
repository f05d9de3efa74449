using Tapedeck.Ingest.Rtmp.Tests.Kit;
using Tapedeck.Protocols.Rtmp;
using Tapedeck.Streams;

namespace Tapedeck.Ingest.Rtmp.Tests;

/// <summary>Bodies go straight into the log, whatever happens to the stream while they arrive. <see cref="CheckedPublisher"/> judges.</summary>
public sealed class MessageIntakeTests
{
    [Fact]
    public async Task A_picture_begun_in_the_receive_of_publish_and_finished_in_the_next_is_not_lent_to_others()
    {
        await using var server = new TestServer();
        var client = await server.ConnectAsync();
        var bytes = client.ChunkSize(65_536).Command("createStream", 2).On(1, "publish", 0, "cam").Video(0, Flv.AvcHeader).Video(0, Flv.Key(1, 60_000)).Take();
        await client.SendAsync(bytes.AsSpan(0, bytes.Length - 30_000));
        await client.ExpectAsync("_result 2 1", "begin 1", "onStatus@1 NetStream.Publish.Start");
        await client.SendAsync(bytes.AsSpan(bytes.Length - 30_000));
        await client.SyncAsync();
        // The pool hands its newest array to whoever asks next.
        for (var i = 0; i < 32; i++)
            Array.Fill(System.Buffers.ArrayPool<byte>.Shared.Rent(60_009), (byte)0xAA);
        (await server.Live.Tap("cam").TakeAsync(2))[1].Packet.ShouldBe(Flv.Key(1, 60_000));
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(262_144)]
    [InlineData(262_145)]
    [InlineData(600_000)]
    [InlineData(3_000_000)]
    public async Task Large_messages_that_grow_arrive_whole(int bytes)
    {
        await using var server = new TestServer();
        var client = await server.PublishAsync();
        await client.ChunkSize(bytes / 3).Video(0, Flv.AvcHeader).Video(0, Flv.Key(1, bytes)).Video(40, Flv.Inter(2)).SendAsync();
        var frames = await server.Live.Tap("cam").TakeAsync(3);
        frames[1].Packet.ShouldBe(Flv.Key(1, bytes));
        frames[2].Packet.ShouldBe(Flv.Inter(2));
    }

    [Fact]
    public async Task Messages_that_interleave_arrive_whole_and_in_the_order_of_their_ends()
    {
        await using var server = new TestServer();
        var client = await server.PublishAsync();
        await client.Video(0, Flv.AvcHeader).Audio(0, Flv.AacHeader).SendAsync();
        var video = Flv.Key(1, 400);
        var audio = Flv.Aac(2, 200);
        await client.SendAsync([.. Head(20, MessageType.Video, video.Length, 10), .. video[..128], .. Head(21, MessageType.Audio, audio.Length, 11), .. audio[..128],
            0xC0 | 20, .. video[128..256], 0xC0 | 21, .. audio[128..], 0xC0 | 20, .. video[256..384], 0xC0 | 20, .. video[384..]]);
        (await server.Live.Tap("cam").TakeAsync(4)).Skip(2).Select(f => f.Text)
            .ShouldBe(["Audio 11 " + Convert.ToHexString(audio), "Video 10 " + Convert.ToHexString(video)]);
    }

    [Theory]
    [InlineData("deleteStream")]
    [InlineData("closeStream")]
    [InlineData("FCUnpublish")]
    public async Task A_stream_that_ends_in_the_middle_of_a_message_keeps_its_memory_until_that_is_through(string command)
    {
        await using var server = new TestServer();
        var client = await server.PublishAsync();
        var stream = server.Live.FindStream("cam")!;
        var video = Flv.Key(1, 400);
        await client.Video(0, Flv.AvcHeader).Raw([.. Head(20, MessageType.Video, video.Length, 10), .. video[..128]]).SendAsync();
        (await server.Live.Tap("cam").TakeAsync(1)).Count.ShouldBe(1);
        await (command switch
        {
            "deleteStream" => client.Command(command, 0, 1.0),
            "FCUnpublish" => client.Command(command, 0, "cam"),
            _ => client.On(1, command, 0),
        }).SendAsync();
        (await client.SyncAsync())[^1].ShouldBe("onStatus@1 NetStream.Unpublish.Success");
        client.Connection.PublishedStreams.ShouldBeEmpty();
        await client.SendAsync([0xC0 | 20, .. video[128..256], 0xC0 | 20, .. video[256..384], 0xC0 | 20, .. video[384..]]);
        (await client.SyncAsync()).ShouldBeEmpty();
        (await stream.Ended.WaitAsync(TestServer.Patience)).ShouldBe(StreamEndReason.Unpublished);
        (await server.Live.Tap("cam").RestAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_large_message_that_outlives_its_stream_grows_elsewhere()
    {
        await using var server = new TestServer();
        var client = await server.PublishAsync();
        var stream = server.Live.FindStream("cam")!;
        var video = Flv.Key(1, 700_000);
        await client.ChunkSize(100_000).SendAsync();
        await client.SendAsync([.. Head(20, MessageType.Video, video.Length, 10), .. video[..100_000]]);
        await client.Command("deleteStream", 0, 1.0).SendAsync();
        (await client.SyncAsync()).ShouldBe(["onStatus@1 NetStream.Unpublish.Success"]);
        await client.SendAsync([0xC0 | 20, .. video[100_000..200_000], 0xC0 | 20, .. video[200_000..300_000], 0xC0 | 20, .. video[300_000..400_000]]);
        (await client.SyncAsync()).ShouldBeEmpty();
        (await stream.Ended.WaitAsync(TestServer.Patience)).ShouldBe(StreamEndReason.Unpublished);
    }

    [Fact]
    public async Task A_connection_that_dies_in_the_middle_of_messages_gives_all_memory_back()
    {
        await using var server = new TestServer();
        var client = await server.PublishAsync();
        var stream = server.Live.FindStream("cam")!;
        await client.Video(0, Flv.AvcHeader).Raw([.. Head(20, MessageType.Video, 900_000, 10), .. new byte[100], .. Head(21, MessageType.Audio, 5_000, 10), .. new byte[128]]).SendAsync();
        (await server.Live.Tap("cam").TakeAsync(1)).Count.ShouldBe(1);
        await client.ResetAsync();
        (await stream.Ended).ShouldBe(StreamEndReason.Disconnected);
        server.Log.Closed.ShouldHaveSingleItem().ShouldContain("connection lost: Connection reset by peer");
    }

    [Fact]
    public async Task An_aborted_or_overtaken_message_is_dropped_and_its_memory_used_again()
    {
        await using var server = new TestServer();
        var client = await server.PublishAsync();
        await client.Video(0, Flv.AvcHeader).SendAsync();
        for (var i = 0; i < 500; i++)
        {
            await client.Raw([.. Head(20, MessageType.Video, 9_000, 10), .. new byte[128]]).Message(2, MessageType.Abort, 0, 0, [0, 0, 0, 20])
                .Raw([.. Head(21, MessageType.Video, 9_000, 10), .. new byte[128], .. Head(21, MessageType.Video, 20, 10), .. Flv.Key(i, 11)]).SendAsync();
        }

        var frames = await server.Live.Tap("cam").TakeAsync(501);
        frames[500].Packet.ShouldBe(Flv.Key(499, 11));
    }

    [Fact]
    public async Task Publishing_again_on_the_same_message_stream_starts_a_new_log()
    {
        await using var server = new TestServer();
        var client = await server.PublishAsync();
        for (var i = 0; i < 5; i++)
        {
            await client.Video((uint)i, Flv.AvcHeader).Video((uint)i, Flv.Key(i)).On(1, "publish", 0, false).On(1, "publish", 0, "cam").SendAsync();
            (await client.SyncAsync()).ShouldBe(["onStatus@1 NetStream.Unpublish.Success", "begin 1", "onStatus@1 NetStream.Publish.Start"]);
        }

        server.Live.Publishers.Count.ShouldBe(6);
        server.Live.Publishers.Take(5).ShouldAllBe(p => p.Stream.Ended.IsCompleted);
    }

    [Fact]
    public async Task What_one_receive_brings_becomes_visible_at_once()
    {
        await using var server = new TestServer();
        var client = await server.PublishAsync();
        for (var i = 0; i < 10; i++)
        {
            await client.Video(0, Flv.AvcHeader).Video(0, Flv.Key(1)).Audio(0, Flv.AacHeader).Audio(0, Flv.Aac(1)).SendAsync();
            await client.SyncAsync();
        }

        server.Live.Publishers.ShouldHaveSingleItem().Commits.ShouldAllBe(frames => frames == 4);
        server.Live.Publishers.First().Commits.Count.ShouldBe(10);
    }

    private static byte[] Head(int csid, MessageType type, int length, byte time) =>
        [(byte)csid, 0, 0, time, (byte)(length >> 16), (byte)(length >> 8), (byte)length, (byte)type, 1, 0, 0, 0];
}
