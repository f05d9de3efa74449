using Tapedeck.Ingest.Rtmp.Tests.Kit;
using Tapedeck.Protocols.Rtmp;
using Tapedeck.Streams;

namespace Tapedeck.Ingest.Rtmp.Tests.Sessions;

/// <summary>Whole sessions in the order of the encoders that are out there, and what each is answered.</summary>
public sealed class EncoderTests
{
    private static readonly string[] SetDataFrame = ["@setDataFrame"];

    private static byte[] SetMetadata(double width) => [.. Flv.Amf(SetDataFrame), .. Flv.Metadata(width)];

    [Fact]
    public async Task Fmle_waits_for_every_answer()
    {
        await using var server = new TestServer();
        var client = server.Open();
        await client.Handshake().Connect("live").SendAsync();
        await client.ExpectAsync(ScriptClient.ConnectAnswer);
        await client.Command("releaseStream", 2, "cam").SendAsync();
        await client.ExpectAsync("_result 2");
        await client.Command("FCPublish", 3, "cam").SendAsync();
        await client.ExpectAsync("_result 3", "onFCPublish 3 NetStream.Publish.Start");
        await client.Command("createStream", 4).SendAsync();
        await client.ExpectAsync("_result 4 1");
        await client.On(1, "publish", 5, "cam", "live").SendAsync();
        await client.ExpectAsync("begin 1", "onStatus@1 NetStream.Publish.Start");
        await client.Data(0, SetMetadata(640)).Video(0, Flv.AvcHeader).Audio(0, Flv.AacHeader).Video(0, Flv.Key(1)).Audio(10, Flv.Aac(2)).SendAsync();
        await client.SyncAsync();
        var stream = server.Live.FindStream("cam")!;
        stream.Metadata.ToArray().ShouldBe(Flv.Metadata(640));
        stream.Tracks.Select(t => (t.Codec, t.Width, t.SampleRate)).ShouldBe([(Media.Codec.H264, 64, 0), (Media.Codec.Aac, 0, 44100)]);

        await client.Command("FCUnpublish", 6, "cam").Command("deleteStream", 7, 1.0).SendAsync();
        (await client.SyncAsync()).ShouldBe(["onFCUnpublish 0 NetStream.Unpublish.Success", "_result 6", "onStatus@1 NetStream.Unpublish.Success"]);
        (await stream.Ended).ShouldBe(StreamEndReason.Unpublished);
        await client.CloseAsync();
        server.Log.Closed.ShouldHaveSingleItem().ShouldContain("live/_definst_/cam closed: closed by the client");
        (await server.Live.Tap("cam").RestAsync()).Count.ShouldBe(5);
    }

    [Fact]
    public async Task Fmle_that_only_says_FCUnpublish_has_unpublished_and_may_publish_again()
    {
        await using var server = new TestServer();
        var client = await server.PublishAsync();
        var first = server.Live.FindStream("cam")!;
        await client.Command("FCUnpublish", 4, "cam?token=1").SendAsync();
        await client.ExpectAsync("onFCUnpublish 0 NetStream.Unpublish.Success", "_result 4", "onStatus@1 NetStream.Unpublish.Success");
        (await first.Ended).ShouldBe(StreamEndReason.Unpublished);
        await client.Video(40, Flv.Inter(1)).Command("FCPublish", 5, "cam").Command("createStream", 6).On(2, "publish", 7, "cam").SendAsync();
        (await client.SyncAsync()).ShouldBe(
            ["_result 5", "onFCPublish 5 NetStream.Publish.Start", "_result 6 2", "begin 2", "onStatus@2 NetStream.Publish.Start"]);
        await client.CloseAsync();
    }

    [Fact]
    public async Task Flash_publishes_without_FCPublish_and_stops_with_publish_false()
    {
        await using var server = new TestServer();
        var client = await server.ConnectAsync();
        await client.Command("createStream", 2).On(1, "publish", 0, "cam").SendAsync();
        await client.ExpectAsync("_result 2 1", "begin 1", "onStatus@1 NetStream.Publish.Start");
        var stream = server.Live.FindStream("cam")!;
        await client.On(1, "publish", 0, false).SendAsync();
        await client.ExpectAsync("onStatus@1 NetStream.Unpublish.Success");
        (await stream.Ended).ShouldBe(StreamEndReason.Unpublished);
        await client.On(1, "publish", 0, "cam", "append").SendAsync();
        await client.ExpectAsync("begin 1", "onStatus@1 NetStream.Publish.Start");
        server.Live.Published.Select(p => p.Type).ShouldBe([PublishType.Live, PublishType.Append]);
        await client.On(1, "closeStream", 0).SendAsync();
        await client.ExpectAsync("onStatus@1 NetStream.Unpublish.Success");
    }

    [Fact]
    public async Task Haivision_probes_first_and_sends_FCPublish_after_createStream()
    {
        await using var server = new TestServer();
        var client = await server.ConnectAsync();
        await client.Command("_checkbw", 2).SendAsync();
        await client.ExpectAsync("_result 2");
        await client.Command("createStream", 3).SendAsync();
        await client.ExpectAsync("_result 3 1");
        await client.Command("FCPublish", 4, "cam").SendAsync();
        await client.ExpectAsync("_result 4", "onFCPublish 4 NetStream.Publish.Start");
        await client.On(1, "publish", 5, "cam", "live").SendAsync();
        await client.ExpectAsync("begin 1", "onStatus@1 NetStream.Publish.Start");
    }

    [Fact]
    public async Task Librtmp_answers_onBWDone_and_ignores_what_releaseStream_and_FCPublish_say()
    {
        await using var server = new TestServer();
        var client = await server.ConnectAsync();
        await client.Command("releaseStream", 2, "cam").Command("FCPublish", 3, "cam").Command("createStream", 4).Command("_checkbw", 5).SendAsync();
        await client.ExpectAsync("_result 2", "_result 3", "onFCPublish 3 NetStream.Publish.Start", "_result 4 1", "_result 5");
        // librtmp sends publish on chunk stream 4.
        await client.Append(4, 1, new RtmpCommand("publish", 6, null, "cam", "live")).SendAsync();
        await client.ExpectAsync("begin 1", "onStatus@1 NetStream.Publish.Start");
        await client.Video(0, Flv.AvcHeader).Video(0, Flv.Key(1)).SendAsync();
        (await server.Live.Tap("cam").TakeAsync(2)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Obs_loops_over_its_streams_and_each_is_independent()
    {
        await using var server = new TestServer();
        var client = server.Open();
        await client.Handshake().ChunkSize(4096).Connect("live").SendAsync();
        await client.ExpectAsync(ScriptClient.ConnectAnswer);
        for (var i = 1; i <= 3; i++)
        {
            await client.Command("releaseStream", 10 * i, $"cam{i}").Command("FCPublish", 10 * i + 1, $"cam{i}").Command("createStream", 10 * i + 2).SendAsync();
            await client.ExpectAsync($"_result {10 * i}", $"_result {10 * i + 1}", $"onFCPublish {10 * i + 1} NetStream.Publish.Start", $"_result {10 * i + 2} {i}");
            await client.On((uint)i, "publish", 10 * i + 3, $"cam{i}", "live").SendAsync();
            await client.ExpectAsync($"begin {i}", $"onStatus@{i} NetStream.Publish.Start");
        }

        client.Connection.PublishedStreams.Select(s => s.Name).ShouldBe(["cam1", "cam2", "cam3"]);
        await client
            .Video(0, Flv.AvcHeader, 1).Video(1000, Flv.AvcHeader, 2).Video(5_000_000, Flv.AvcHeader, 3)
            .Video(0, Flv.Key(1), 1).Video(1000, Flv.Key(2), 2).Video(5_000_000, Flv.Key(3), 3)
            .Command("deleteStream", 0, 2.0)
            .Video(40, Flv.Inter(4), 1).Video(1040, Flv.Inter(5), 2).Video(5_000_040, Flv.Inter(6), 3).SendAsync();
        (await client.SyncAsync()).ShouldBe(["onStatus@2 NetStream.Unpublish.Success"]);
        client.Connection.PublishedStreams.Select(s => s.Name).ShouldBe(["cam1", "cam3"]);
        (await server.Live.Tap("cam1").TakeAsync(3)).Select(f => f.Time).ShouldBe([0, 0, 40]);
        (await server.Live.Tap("cam2").RestAsync()).Select(f => f.Time).ShouldBe([1000, 1000]);
        var third = await server.Live.Tap("cam3").TakeAsync(3);
        third.Select(f => f.Time).ShouldBe([5_000_000, 5_000_000, 5_000_040]);
        third[2].Packet.ShouldBe(Flv.Inter(6));
    }

    [Fact]
    public async Task Nobody_has_to_wait_for_any_answer()
    {
        await using var server = new TestServer();
        var client = server.Open();
        await client.Handshake().ChunkSize(1000).Connect("live").Command("releaseStream", 2, "cam").Command("FCPublish", 3, "cam").Command("createStream", 4)
            .On(1, "publish", 5, "cam", "live").Data(0, SetMetadata(320)).Video(0, Flv.AvcHeader).Audio(0, Flv.AacHeader)
            .Video(0, Flv.Key(1, 20_000)).Audio(3, Flv.Aac(2)).Video(40, Flv.Inter(3)).Command("FCUnpublish", 6, "cam").Command("deleteStream", 7, 1.0).SendAsync();
        await client.CloseAsync();
        await client.ExpectEndAsync([.. ScriptClient.ConnectAnswer, "_result 2", "_result 3", "onFCPublish 3 NetStream.Publish.Start", "_result 4 1",
            "begin 1", "onStatus@1 NetStream.Publish.Start", "onFCUnpublish 0 NetStream.Unpublish.Success", "_result 6", "onStatus@1 NetStream.Unpublish.Success"]);
        var frames = await server.Live.Tap("cam").RestAsync();
        frames.Select(f => Convert.ToHexString(f.Packet)).ShouldBe(new[] { Flv.Metadata(320), Flv.AvcHeader, Flv.AacHeader, Flv.Key(1, 20_000), Flv.Aac(2), Flv.Inter(3) }.Select(Convert.ToHexString));
        (await server.Live.Publishers.ShouldHaveSingleItem().Stream.Ended).ShouldBe(StreamEndReason.Unpublished);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(100)]
    [InlineData(1461)]
    public async Task However_the_network_cuts_it_the_same_session_comes_out(int maxRead)
    {
        await using var server = new TestServer();
        var client = server.Open(maxRead);
        await client.Handshake().Connect("live").Command("createStream", 4)
            .On(1, "publish", 5, "cam", "live").Video(0, Flv.AvcHeader).Video(0, Flv.Key(1, 3000)).Ping(7).Audio(3, Flv.AacHeader)
            .ChunkSize(500).Video(40, Flv.Inter(2, 2500)).Data(40, Flv.Amf("onCuePoint", "x")).Command("deleteStream", 0, 1.0).SendAsync();
        (await client.SyncAsync()).Where(t => !t.StartsWith("pong", StringComparison.Ordinal))
            .ShouldBe([.. ScriptClient.ConnectAnswer, "_result 4 1", "begin 1", "onStatus@1 NetStream.Publish.Start", "onStatus@1 NetStream.Unpublish.Success"]);
        (await server.Live.Tap("cam").RestAsync()).Select(f => f.Text).ShouldBe([
            "Video 0 " + Convert.ToHexString(Flv.AvcHeader), "Video 0 " + Convert.ToHexString(Flv.Key(1, 3000)), "Audio 3 " + Convert.ToHexString(Flv.AacHeader),
            "Video 40 " + Convert.ToHexString(Flv.Inter(2, 2500)), "Data 40 " + Convert.ToHexString(Flv.Amf("onCuePoint", "x"))]);
    }

    [Fact]
    public async Task Amf3_clients_are_answered_in_AMF3_and_their_metadata_is_kept_as_AMF0()
    {
        await using var server = new TestServer();
        var client = server.Open();
        await client.Handshake().Append(3, 0, new RtmpCommand("connect", 1, new AmfObject { ["app"] = "live", ["objectEncoding"] = 3.0 })).SendAsync();
        var answer = (await Take(client, 5))[3];
        answer.Info.GetNumber("objectEncoding").ShouldBe(3.0);
        await client.Append(3, 0, new RtmpCommand("createStream", 2, null), MessageType.CommandAmf3).SendAsync();
        var created = await client.NextAsync();
        created.Header.Type.ShouldBe(MessageType.CommandAmf3);
        created.Text.ShouldBe("_result 2 1");
        await client.Append(8, 1, new RtmpCommand("publish", 3, null, "cam", "live"), MessageType.CommandAmf3).SendAsync();
        await client.ExpectAsync("begin 1", "onStatus@1 NetStream.Publish.Start");
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        new RtmpData("@setDataFrame", "onMetaData", new AmfObject { IsEcmaArray = true, ["width"] = 640.0, ["encoder"] = "test" }).Write(output, MessageType.DataAmf3);
        await client.Message(5, MessageType.DataAmf3, 0, 1, output.WrittenSpan).SendAsync();
        var frame = (await server.Live.Tap("cam").TakeAsync(1))[0];
        frame.Kind.ShouldBe(Media.FrameKind.Script);
        frame.Packet.ShouldBe(Flv.Metadata(640));
        server.Live.FindStream("cam")!.Metadata.ToArray().ShouldBe(Flv.Metadata(640));
    }

    [Fact]
    public async Task Our_own_client_publishes_and_unpublishes()
    {
        await using var server = new TestServer();
        var session = server.Open(reads: false);
        var client = await RtmpClient.ConnectAsync(session.Transport.Client, RtmpAddress.Parse("rtmp://host/live"), new RtmpClientOptions { Handshake = HandshakeForm.DigestSecond });
        client.IsServerVerified.ShouldBeTrue();
        var stream = await client.PublishAsync("cam");
        await stream.SendAsync(MessageType.Video, 0, Flv.AvcHeader);
        await stream.SendAsync(MessageType.Video, 0, Flv.Key(1, 300_000));
        (await server.Live.Tap("cam").TakeAsync(2))[1].Packet.ShouldBe(Flv.Key(1, 300_000));
        await stream.UnpublishAsync();
        (await server.Live.Tap("cam").RestAsync()).ShouldBeEmpty();
        await client.DisposeAsync();
    }

    private static async Task<List<Reply>> Take(ScriptClient client, int count)
    {
        var result = new List<Reply>();
        while (result.Count < count)
            result.Add(await client.NextAsync());
        return result;
    }
}
