using System.Buffers.Binary;
using Tapedeck.Ingest.Rtmp.Tests.Kit;
using Tapedeck.Media;
using Tapedeck.Protocols.Rtmp;

namespace Tapedeck.Ingest.Rtmp.Tests.Sessions;

/// <summary>What encoders do differently from the documents, and get away with.</summary>
public sealed class ToleranceTests
{
    public static TheoryData<string, string?, string?, string, string> Addresses => new()
    {
        // what, app, tcUrl (with ! for tcurl), asked for, query
        { "plain", "live", "rtmp://host/live", "live/_definst_", "" },
        { "without a tcUrl", "live", null, "live/_definst_", "" },
        { "app missing", null, "rtmp://host/live", "live/_definst_", "" },
        { "app empty", "", "rtmp://host/live/_definst_", "live/_definst_", "" },
        { "tcurl in small letters", null, "!rtmp://host/live", "live/_definst_", "" },
        { "quotes around both", "'live'", "'rtmp://host/live'", "live/_definst_", "" },
        { "quotes, app missing", null, "'rtmp://host/live'", "live/_definst_", "" },
        { "slash at the end", "live/", "rtmp://host/live/", "live/_definst_", "" },
        { "an instance", "live/stage", "rtmp://host/live/stage", "live/stage", "" },
        { "the default instance by name", "live/_definst_", "rtmp://host/live/_definst_", "live/_definst_", "" },
        { "query in app", "live?k=v", "rtmp://host/live", "live/_definst_", "k=v" },
        { "query in tcUrl", "live", "rtmp://host/live?k=v", "live/_definst_", "k=v" },
        { "query in both", "live?a=1", "rtmp://host/live?a=1&b=2", "live/_definst_", "a=1&b=2" },
        { "old notation for a virtual host", "live...vhost...example", "rtmp://host/live", "live/_definst_", "vhost=example" },
    };

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task Addresses_are_read_in_every_form(string what, string? app, string? tcUrl, string asked, string query)
    {
        await using var server = new TestServer();
        var client = server.Open();
        var properties = new AmfObject { ["flashVer"] = "x" };
        if (app is not null)
            properties["app"] = app;
        if (tcUrl is not null)
            properties[tcUrl[0] == '!' ? "tcurl" : "tcUrl"] = tcUrl.TrimStart('!');
        await client.Handshake().Append(3, 0, new RtmpCommand("connect", 1, properties)).SendAsync();
        await client.ExpectAsync(ScriptClient.ConnectAnswer);
        server.Applications.Asked.ShouldBe([asked], what);
        string.Join('&', client.Connection.Query.Select(p => $"{p.Key}={p.Value}")).ShouldBe(query, what);
    }

    public static TheoryData<string, string, string, string> Names => new()
    {
        { "plain", "cam", "cam", "" },
        { "query", "cam?user=a&k=b", "cam", "user=a&k=b" },
        { "keys without case", "cam?Token=a", "cam", "Token=a" },
        { "mp4 prefix", "mp4:cam.mp4", "cam.mp4", "" },
        { "flv prefix and query", "flv:cam?x=1", "cam", "x=1" },
        { "slashes", "a/b", "a/b", "" },
        { "not ASCII", "Bühne 1", "Bühne 1", "" },
    };

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Stream_names_are_taken_apart(string what, string sent, string name, string query)
    {
        await using var server = new TestServer();
        var client = await server.ConnectAsync();
        await client.Command("createStream", 2).On(1, "publish", 0, sent, "live").SendAsync();
        await client.ExpectAsync("_result 2 1", "begin 1", "onStatus@1 NetStream.Publish.Start");
        var request = server.Live.Published.ShouldHaveSingleItem();
        request.StreamName.ShouldBe(name, what);
        string.Join('&', request.Query.Select(p => $"{p.Key}={p.Value}")).ShouldBe(query, what);
        request.Query.ContainsKey("TOKEN").ShouldBe(sent.Contains("Token", StringComparison.Ordinal));
    }

    public static TheoryData<string, double, object?[]> Connects => new()
    {
        { "transaction id 0", 0, [] },
        { "transaction id 7", 7, [] },
        { "strings behind the object", 1, ["user", "password"] },
        { "every kind behind the object", 1, [true, 5.0, null, new AmfObject { ["a"] = 5.0 }, new AmfArray(1.0, "x"), AmfUndefined.Value] },
    };

    [Theory]
    [MemberData(nameof(Connects))]
    public async Task Connect_may_carry_anything(string what, double transaction, object?[] arguments)
    {
        await using var server = new TestServer();
        var client = server.Open();
        await client.Handshake().Append(3, 0, new RtmpCommand("connect", transaction, new AmfObject { IsEcmaArray = true, ["app"] = "live" }, arguments)).SendAsync();
        var answers = ScriptClient.ConnectAnswer.ToArray();
        answers[3] = $"_result {transaction} NetConnection.Connect.Success";
        await client.ExpectAsync(answers);
        what.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Set_Chunk_Size_may_come_first_and_control_messages_on_any_chunk_and_message_stream()
    {
        await using var server = new TestServer();
        var client = server.Open();
        await client.Handshake().ChunkSize(4096)
            .Message(37, MessageType.WindowAcknowledgementSize, 0, 5, [0, 0, 0x27, 0x10])
            .Message(300, MessageType.SetPeerBandwidth, 0, 0, [0, 0, 0x27, 0x10, 2])
            .Message(40, MessageType.UserControl, 0, 9, [0, 6, 0, 0, 0, 77])
            .Connect("live").SendAsync();
        await client.ExpectAsync(["pong 77", .. ScriptClient.ConnectAnswer]);
    }

    public static TheoryData<string, byte[]> UserControls => new()
    {
        { "buffer length", [0, 3, 0, 0, 0, 1, 0, 0, 0x0B, 0xB8] },
        { "buffer empty (31)", [0, 31, 0, 0, 0, 1] },
        { "buffer ready (32)", [0, 32, 0, 0, 0, 1] },
        { "SWF verification (27)", [0, 27, 1, 2, 3] },
        { "unknown, without data", [0xFF, 0xFF] },
        { "ping response nobody asked for", [0, 7, 0, 0, 0, 1] },
        { "stream begin from the client", [0, 0, 0, 0, 0, 1] },
    };

    [Theory]
    [MemberData(nameof(UserControls))]
    public async Task User_control_that_asks_for_nothing_is_ignored(string what, byte[] body)
    {
        await using var server = new TestServer();
        var client = await server.PublishAsync();
        await client.Message(2, MessageType.UserControl, 0, 0, body).SendAsync();
        (await client.SyncAsync()).ShouldBeEmpty(what);
    }

    [Theory]
    [InlineData("getStreamLength")]
    [InlineData("checkBandwidth")]
    [InlineData("FCSubscribe")]
    [InlineData("DVRSetStreamInfo")]
    [InlineData("receiveAudio")]
    [InlineData("somethingNobodyKnows")]
    public async Task Every_command_with_a_transaction_is_answered_with_success(string name)
    {
        await using var server = new TestServer();
        var client = await server.ConnectAsync();
        await client.Command(name, 9, "cam").SendAsync();
        await client.ExpectAsync("_result 9");
        await client.Command(name, 0, "cam").SendAsync();
        (await client.SyncAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("_result")]
    [InlineData("_error")]
    [InlineData("onStatus")]
    [InlineData("onBWDone")]
    public async Task Answers_of_the_client_are_not_answered(string name)
    {
        await using var server = new TestServer();
        var client = await server.ConnectAsync();
        await client.Command(name, 9, new AmfObject()).SendAsync();
        (await client.SyncAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(0u, 0u)]
    [InlineData(4_000_000_000u, 3_999_999_990u)]
    public async Task Aggregates_are_taken_apart_and_their_times_moved_to_the_message(uint outer, uint first)
    {
        await using var server = new TestServer();
        var client = await server.PublishAsync();
        byte[] body = [.. Flv.Tag(MessageType.Video, first, Flv.AvcHeader), .. Flv.Tag(MessageType.Video, first, Flv.Key(1)), .. Flv.Tag(MessageType.Audio, first + 5, Flv.AacHeader),
            .. Flv.Tag(MessageType.DataAmf0, first + 6, Flv.Metadata(1)), .. Flv.Tag(MessageType.Video, first + 40, Flv.Inter(2)), .. Flv.Tag(MessageType.Video, first + 80, Flv.Inter(3))[..^20]];
        await client.Message(6, MessageType.Aggregate, outer, 1, body).SendAsync();
        await client.SyncAsync();
        (await server.Live.Tap("cam").TakeAsync(5)).Select(f => f.Text).ShouldBe([
            $"Video {outer} " + Convert.ToHexString(Flv.AvcHeader), $"Video {outer} " + Convert.ToHexString(Flv.Key(1)), $"Audio {outer + 5L} " + Convert.ToHexString(Flv.AacHeader),
            $"Data {outer + 6L} " + Convert.ToHexString(Flv.Metadata(1)), $"Video {outer + 40L} " + Convert.ToHexString(Flv.Inter(2))]);
        server.Live.FindStream("cam")!.Metadata.ToArray().ShouldBe(Flv.Metadata(1));
    }

    [Fact]
    public async Task An_aggregate_behind_its_publish_command_is_not_lost()
    {
        await using var server = new TestServer();
        var client = await server.ConnectAsync();
        await client.Command("createStream", 2).On(1, "publish", 0, "cam")
            .Message(6, MessageType.Aggregate, 10, 1, [.. Flv.Tag(MessageType.Video, 0, Flv.AvcHeader), .. Flv.Tag(MessageType.Video, 30, Flv.Key(1))]).SendAsync();
        (await server.Live.TakeAsync("cam", 2)).Select(f => f.Time).ShouldBe([10, 40]);
    }

    [Fact]
    public async Task Silence_and_repeated_headers_are_carried_on_and_change_nothing()
    {
        await using var server = new TestServer();
        var client = await server.PublishAsync();
        await client.Audio(0, Flv.AacHeader).Video(0, Flv.AvcHeader).Video(0, Flv.Key(1)).Audio(20, []).Video(33, Flv.AvcHeader).Audio(33, Flv.AacHeader)
            .Video(33, [0x17, 1, 0, 0, 0, 0, 0, 0, 0]).Video(40, Flv.Inter(2)).SendAsync();
        var frames = await server.Live.Tap("cam").TakeAsync(8);
        frames.Select(f => f.Kind).ShouldBe([FrameKind.Configuration, FrameKind.Configuration, FrameKind.Sample, FrameKind.Other,
            FrameKind.Configuration, FrameKind.Configuration, FrameKind.Other, FrameKind.Sample]);
        frames[4].Track.ShouldBeSameAs(frames[1].Track);
        frames[5].Track.ShouldBeSameAs(frames[0].Track);
        frames[3].Packet.ShouldBeEmpty();
    }

    [Fact]
    public async Task Acknowledgements_come_once_per_window()
    {
        await using var server = new TestServer();
        var client = await server.PublishAsync();
        await client.Video(0, Flv.AvcHeader).SendAsync();
        await client.SyncAsync();
        await client.ChunkSize(60_000).Message(2, MessageType.WindowAcknowledgementSize, 0, 0, [0, 0, 0x27, 0x10]).SendAsync(); // 10,000
        var first = await client.SyncAsync();
        await client.Video(0, Flv.Key(1, 9_000)).SendAsync();
        var second = await client.SyncAsync();
        await client.Video(40, Flv.Inter(2, 10_000)).SendAsync();
        var third = await client.SyncAsync();
        string[] all = [.. first, .. second, .. third];
        all.ShouldAllBe(t => t.StartsWith("ack ", StringComparison.Ordinal));
        var acknowledged = all.Select(t => uint.Parse(t[4..], System.Globalization.CultureInfo.InvariantCulture)).ToArray();
        acknowledged.Length.ShouldBeInRange(2, 3);
        acknowledged.ShouldBeInOrder();
        acknowledged[^1].ShouldBeGreaterThan(19_000u);
    }

    [Fact]
    public async Task Extended_timestamps_wraps_and_steps_back_arrive_to_the_millisecond()
    {
        await using var server = new TestServer();
        var client = await server.PublishAsync();
        uint[] times = [16_777_214, 16_777_215, 16_777_216, 16_777_200, 4_000_000_000, 4_294_967_295, 5, 3, 43];
        await client.Video(16_777_214, Flv.AvcHeader).SendAsync();
        foreach (var time in times)
            await client.Video(time, Flv.Key((int)(time & 0xFFFF), 400)).SendAsync();
        var frames = await server.Live.Tap("cam").TakeAsync(times.Length + 1);
        // 4,000,000,000 is nearer backward than forward: less than half of the range.
        frames.Skip(1).Select(f => f.Time).ShouldBe([16_777_214, 16_777_215, 16_777_216, 16_777_200, -294_967_296, -1, 5, 3, 43]);
        for (var i = 0; i < times.Length; i++)
            frames[i + 1].Packet.ShouldBe(Flv.Key((int)(times[i] & 0xFFFF), 400));
    }

    [Fact]
    public async Task A_stream_that_starts_late_and_wraps_goes_on()
    {
        await using var server = new TestServer();
        var client = await server.PublishAsync();
        await client.Video(4_294_967_200, Flv.AvcHeader).Video(4_294_967_200, Flv.Key(1)).Audio(4_294_967_290, Flv.AacHeader).Audio(4_294_967_295, Flv.Aac(1)).Video(0, Flv.Inter(2)).Audio(22, Flv.Aac(3)).SendAsync();
        (await server.Live.Tap("cam").TakeAsync(6)).Select(f => f.Time)
            .ShouldBe([4_294_967_200, 4_294_967_200, 4_294_967_290, 4_294_967_295, 4_294_967_296, 4_294_967_318]);
    }

    [Fact]
    public async Task A_chunk_header_without_the_repeated_extended_timestamp_is_understood()
    {
        await using var server = new TestServer();
        var client = await server.PublishAsync();
        await client.Video(0, Flv.AvcHeader).SendAsync();
        var body = Flv.Key(9, 300);
        var header = new byte[16];
        header[0] = 20;
        header.AsSpan(1, 3).Fill(0xFF);
        header[5] = (byte)(body.Length >> 8);
        header[6] = (byte)body.Length;
        header[7] = (byte)MessageType.Video;
        header[8] = 1;
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(12), 20_000_000);
        byte[] message = [.. header, .. body[..128], 0xC0 | 20, .. body[128..256], 0xC0 | 20, .. body[256..]];
        await client.SendAsync(message);
        var frame = (await server.Live.Tap("cam").TakeAsync(2))[1];
        frame.Time.ShouldBe(20_000_000);
        frame.Packet.ShouldBe(body);
    }
}
