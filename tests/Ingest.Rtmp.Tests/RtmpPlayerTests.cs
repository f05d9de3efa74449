using System.Buffers;
using Tapedeck.Engine.Streams;
using Tapedeck.Ingest.Rtmp.Tests.Kit;
using Tapedeck.Media;
using Tapedeck.Protocols.Rtmp;
using Tapedeck.Streams;

namespace Tapedeck.Ingest.Rtmp.Tests;

/// <summary>What a viewer gets, from its first frame to the end of the stream.</summary>
public sealed class RtmpPlayerTests
{
    private static readonly string[] PlayAnswer = ["_result 2 1", "begin 1", "onStatus@1 NetStream.Play.Reset", "onStatus@1 NetStream.Play.Start"];

    [Fact]
    public async Task A_late_viewer_gets_metadata_headers_and_the_newest_key_frame_from_time_0()
    {
        await using var server = new TestServer();
        var encoder = await server.PublishAsync();
        await encoder.Data(0, Flv.Metadata(64)).Video(0, Flv.AvcHeader).Audio(0, Flv.AacHeader).Video(0, Flv.Key(1)).Audio(10, Flv.Aac(2)).Video(40, Flv.Inter(3))
            .Video(5000, Flv.Key(4)).Audio(5010, Flv.Aac(5)).Video(5040, Flv.Inter(6)).SendAsync();
        await encoder.SyncAsync();
        var viewer = await PlayAsync(server);
        var got = await TakeAsync(viewer, 6);
        got.Select(r => r.Text).ShouldBe(["DataAmf0@1 0", "Video@1 0", "Audio@1 0", "Video@1 0", "Audio@1 10", "Video@1 40"]);
        got.Select(r => Convert.ToHexString(r.Body)).ShouldBe(
            new[] { Flv.Metadata(64), Flv.AvcHeader, Flv.AacHeader, Flv.Key(4), Flv.Aac(5), Flv.Inter(6) }.Select(Convert.ToHexString));
        await encoder.Video(5080, Flv.Inter(7)).Data(5090, Flv.Amf("onCuePoint", "x")).SendAsync();
        (await TakeAsync(viewer, 2)).Select(r => r.Text).ShouldBe(["Video@1 80", "DataAmf0@1 90"]);
    }

    [Fact]
    public async Task A_viewer_who_is_there_first_waits_for_the_first_key_frame()
    {
        await using var server = new TestServer();
        var encoder = await server.PublishAsync();
        var viewer = await PlayAsync(server);
        await encoder.Video(100, Flv.AvcHeader).SendAsync();
        await encoder.Video(100, Flv.Inter(1)).SendAsync();
        await encoder.Video(140, Flv.Inter(2)).SendAsync();
        await encoder.SyncAsync();
        await encoder.Video(180, Flv.Key(3)).SendAsync();
        var got = await TakeAsync(viewer, 2);
        got[0].Body.ShouldBe(Flv.AvcHeader);
        (got[1].Text, got[1].Body.SequenceEqual(Flv.Key(3))).ShouldBe(("Video@1 0", true));
    }

    [Fact]
    public async Task A_stream_of_sound_alone_plays_and_a_picture_may_join_it()
    {
        await using var server = new TestServer();
        var encoder = await server.PublishAsync();
        await encoder.Audio(0, Flv.AacHeader).Audio(0, Flv.Aac(1)).Audio(23, Flv.Aac(2)).SendAsync();
        await encoder.SyncAsync();
        var viewer = await PlayAsync(server);
        (await TakeAsync(viewer, 2)).Select(r => r.Text).ShouldBe(["Audio@1 0", "Audio@1 0"]);
        await encoder.Audio(46, Flv.Aac(3)).Video(50, Flv.AvcHeader).Video(50, Flv.Key(4)).Audio(69, Flv.Aac(5)).SendAsync();
        var got = await TakeAsync(viewer, 4);
        got.Select(r => r.Text).ShouldBe(["Audio@1 23", "Video@1 27", "Video@1 27", "Audio@1 46"]);
        got[1].Body.ShouldBe(Flv.AvcHeader);
    }

    [Fact]
    public async Task A_new_codec_configuration_goes_out_before_what_needs_it_and_a_repeated_one_not_at_all()
    {
        await using var server = new TestServer();
        var encoder = await server.PublishAsync();
        await encoder.Video(0, Flv.AvcHeader).Video(0, Flv.Key(1)).SendAsync();
        await encoder.SyncAsync();
        var viewer = await PlayAsync(server);
        await TakeAsync(viewer, 2);
        await encoder.Video(40, Flv.AvcHeader).Video(40, Flv.Key(2)).Video(80, Flv.OtherAvcHeader).Video(80, Flv.Key(3)).SendAsync();
        var got = await TakeAsync(viewer, 3);
        got.Select(r => Convert.ToHexString(r.Body)).ShouldBe(new[] { Flv.Key(2), Flv.OtherAvcHeader, Flv.Key(3) }.Select(Convert.ToHexString));
        got.Select(r => r.Text).ShouldBe(["Video@1 40", "Video@1 80", "Video@1 80"]);
    }

    [Fact]
    public async Task The_end_of_the_stream_is_told_and_the_message_stream_is_free_again()
    {
        await using var server = new TestServer();
        var encoder = await server.PublishAsync();
        await encoder.Video(0, Flv.AvcHeader).Video(0, Flv.Key(1)).SendAsync();
        await encoder.SyncAsync();
        var viewer = await PlayAsync(server);
        await encoder.CloseAsync();
        await viewer.ExpectAsync("Video@1 0", "Video@1 0", "eof 1", "onStatus@1 NetStream.Play.UnpublishNotify", "onStatus@1 NetStream.Play.Stop");
        await server.PublishAsync();
        await viewer.On(1, "play", 0, "cam").SendAsync();
        await viewer.ExpectAsync("begin 1", "onStatus@1 NetStream.Play.Reset", "onStatus@1 NetStream.Play.Start");
    }

    [Fact]
    public async Task Playing_twice_on_one_message_stream_is_refused_and_closeStream_makes_room()
    {
        await using var server = new TestServer();
        await server.PublishAsync();
        var viewer = await PlayAsync(server);
        await viewer.On(1, "play", 0, "cam").SendAsync();
        await viewer.ExpectAsync("onStatus@1 NetStream.Play.Failed");
        await viewer.On(1, "closeStream", 0).On(1, "play", 0, "cam").SendAsync();
        await viewer.ExpectAsync("begin 1", "onStatus@1 NetStream.Play.Reset", "onStatus@1 NetStream.Play.Start");
    }

    [Fact]
    public async Task A_viewer_that_lags_never_holds_up_the_publisher_and_goes_on_at_a_key_frame()
    {
        await using var server = new TestServer();
        server.Live.HasTaps = false; // nobody else keeps the log
        var encoder = await server.PublishAsync();
        await encoder.ChunkSize(100_000).Video(0, Flv.AvcHeader).Video(0, Flv.Key(0)).SendAsync();
        await encoder.SyncAsync();
        var viewer = server.Open(window: 20_000, reads: false);
        await viewer.Handshake().Connect("live").Command("createStream", 2).On(1, "play", 0, "cam").SendAsync();
        await TestServer.WaitForAsync(() => server.Live.Played.Count == 1);
        for (var i = 1; i <= 400; i++)
        {
            await encoder.Video((uint)i * 40, i % 10 == 0 ? Flv.Key(i, 50_000) : Flv.Inter(i, 50_000)).SendAsync();
            (await encoder.SyncAsync()).ShouldBeEmpty();
        }

        server.Pool.LentBytes.ShouldBeLessThan(40_000_000);
        viewer.StartReading();
        var pictures = new List<Reply>();
        while (pictures.Count == 0 || pictures[^1].Header.Timestamp < 399 * 40)
        {
            var reply = await viewer.NextAsync();
            if (reply.Header.Type == MessageType.Video && reply.Body[1] == 1)
                pictures.Add(reply);
        }

        pictures.Count.ShouldBeLessThan(350);
        var jumps = 0;
        for (var i = 1; i < pictures.Count; i++)
        {
            if (pictures[i].Header.Timestamp - pictures[i - 1].Header.Timestamp == 40)
                continue;
            jumps++;
            pictures[i].Body[0].ShouldBe((byte)0x17, "goes on at a key frame");
        }

        jumps.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_viewer_that_leaves_lets_go_of_the_log()
    {
        await using var server = new TestServer();
        var encoder = await server.PublishAsync();
        await encoder.Video(0, Flv.AvcHeader).Video(0, Flv.Key(1)).SendAsync();
        await encoder.SyncAsync();
        for (var i = 0; i < 20; i++)
        {
            var viewer = await PlayAsync(server);
            if (i % 2 == 0)
                await viewer.Command("deleteStream", 0, 1.0).SendAsync();
            await viewer.CloseAsync();
        }

        // The log of the test's end has no reader left: its memory is back.
        (await encoder.SyncAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Media_that_did_not_come_as_RTMP_is_built_and_what_RTMP_cannot_say_is_left_out()
    {
        await using var server = new TestServer();
        var registry = new StreamRegistry("live", "_definst_", server.Pool, new StreamOptions(), server.Time);
        var output = server.Open(); // only for its transport
        var publisher = registry.TryPublish("cam", output.Connection)!;
        var record = Flv.AvcHeader.AsMemory(5);
        var video = new Track { Id = 1, Kind = TrackKind.Video, Codec = Codec.H264, Timescale = 90_000, Configuration = record };
        var strange = new Track { Id = 2, Kind = TrackKind.Video, Codec = Codec.Unknown, Timescale = 90_000 };
        var data = new Track { Id = 201, Kind = TrackKind.Data, Codec = Codec.ScriptData, Timescale = 1000 };
        var unit = Flv.Key(1).AsMemory(9 - 4);
        publisher.Append(new MediaFrame { Track = video, Kind = FrameKind.Configuration, DecodeTime = 0 }, default);
        publisher.Append(new MediaFrame { Track = video, Flags = FrameFlags.Key, DecodeTime = 90_000, PresentationOffset = 3600, Payload = unit }, default);
        publisher.Append(new MediaFrame { Track = strange, Flags = FrameFlags.Key, DecodeTime = 90_000, Payload = unit }, default);
        publisher.Append(new MediaFrame { Track = data, Kind = FrameKind.Script, DecodeTime = 1020, Payload = Flv.Amf("onCuePoint", "x") }, default);
        publisher.Append(new MediaFrame { Track = video, DecodeTime = 93_600, Payload = unit }, default);
        publisher.Commit();
        var queue = new OutputQueue(output.Transport, 1 << 20, _ => { });
        queue.Write(0, static (_, buffer, _) => buffer.Write(new byte[3073])); // the client waits for a handshake
        var player = new RtmpPlayer(publisher.Stream, 1, queue, wantsVideo: true, wantsAudio: true);
        var playing = player.RunAsync();
        var got = await TakeAsync(output, 4);
        got.Select(r => r.Text).ShouldBe(["Video@1 0", "Video@1 0", "DataAmf0@1 20", "Video@1 40"]);
        got[0].Body.ShouldBe(Flv.AvcHeader);
        got[1].Body.ShouldBe([0x17, 1, 0, 0, 40, .. unit.ToArray()]);
        got[2].Body.ShouldBe(Flv.Amf("onCuePoint", "x"));
        got[3].Body.ShouldBe([0x27, 1, 0, 0, 0, .. unit.ToArray()]);
        player.IsOver.ShouldBeFalse();
        publisher.End(StreamEndReason.Unpublished);
        (await playing.WaitAsync(TestServer.Patience)).ShouldBeTrue();
        player.IsOver.ShouldBeTrue();
    }

    [Fact]
    public async Task Stopping_ends_it_at_once_also_while_it_waits_for_a_frame()
    {
        await using var server = new TestServer();
        await server.PublishAsync();
        for (var i = 0; i < 200; i++)
        {
            using var transport = new GatedStream();
            var player = new RtmpPlayer(server.Live.FindStream("cam")!, 1, new OutputQueue(transport, 1000, _ => { }), wantsVideo: true, wantsAudio: true);
            var playing = Task.Run(player.RunAsync);
            if (i % 2 == 0)
                await Task.Yield();
            player.Stop();
            (await playing.WaitAsync(TestServer.Patience)).ShouldBeFalse();
        }
    }

    private static async Task<ScriptClient> PlayAsync(TestServer server)
    {
        var viewer = await server.ConnectAsync();
        await viewer.Command("createStream", 2).On(1, "play", 0, "cam").SendAsync();
        await viewer.ExpectAsync(PlayAnswer);
        return viewer;
    }

    private static async Task<List<Reply>> TakeAsync(ScriptClient client, int count)
    {
        var result = new List<Reply>();
        while (result.Count < count)
            result.Add(await client.NextAsync());
        return result;
    }
}
