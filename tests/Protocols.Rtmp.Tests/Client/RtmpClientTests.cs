using System.Buffers;

namespace Tapedeck.Protocols.Rtmp.Tests.Client;

public sealed class RtmpClientTests : IDisposable
{
    private static readonly RtmpAddress Address = RtmpAddress.Parse("rtmp://host/app/inst/name");

    private readonly DuplexStream _clientEnd;
    private readonly ScriptedServer _server;

    public RtmpClientTests()
    {
        (_clientEnd, var serverEnd) = DuplexStream.Pair();
        _server = new ScriptedServer(serverEnd);
    }

    public void Dispose()
    {
        _server.Dispose();
        _clientEnd.Dispose();
    }

    [Fact]
    public async Task Connect_says_who_we_are()
    {
        var connecting = RtmpClient.ConnectAsync(_clientEnd, Address, new RtmpClientOptions
        {
            FlashVer = "Test/1",
            ChunkSize = 5000,
            ConnectProperties = new AmfObject { ["pageUrl"] = "page", ["type"] = "other" },
            ConnectArguments = [true, "hello"],
            Capabilities = new EnhancedCapabilities { FourCcList = ["av01"], CapsEx = ExtendedCapabilities.Multitrack },
        });
        var request = await _server.AcceptAsync();
        (request.App, request.Instance, request.TcUrl).ShouldBe(("app", "inst", "rtmp://host/app/inst"));
        (request.FlashVer, request.PageUrl, request.TransactionId).ShouldBe(("Test/1", "page", 1d));
        request.Properties["type"].ShouldBe("other");
        request.Arguments.ShouldBe([true, "hello"]);
        request.Capabilities.FourCcList.ShouldBe(["av01"]);
        request.Capabilities.CapsEx.ShouldBe(ExtendedCapabilities.Multitrack);
        _server.ChunkSize.ShouldBe(5000);
        await _server.ReplyAsync(1, new AmfObject { ["fmsVer"] = "x" }, null);
        await using var client = await connecting;
        client.ConnectAnswer.CommandObject.ShouldBeOfType<AmfObject>()["fmsVer"].ShouldBe("x");
    }

    [Theory]
    [InlineData(HandshakeForm.Simple)]
    [InlineData(HandshakeForm.DigestFirst)]
    [InlineData(HandshakeForm.DigestSecond)]
    public async Task Every_form_of_the_handshake_works(HandshakeForm form)
    {
        await using var client = await ConnectAsync(new RtmpClientOptions { Handshake = form });
        _server.Form.ShouldBe(form);
        client.IsServerVerified.ShouldBeTrue();
    }

    [Fact]
    public async Task A_refused_connect_tells_why()
    {
        var connecting = RtmpClient.ConnectAsync(_clientEnd, Address);
        await _server.AcceptAsync();
        await _server.ErrorAsync(1, "NetConnection.Connect.Rejected", "no such app");
        var refused = await Should.ThrowAsync<RtmpCallException>(connecting);
        refused.Command.ShouldBe("connect");
        refused.Status.Code.ShouldBe("NetConnection.Connect.Rejected");
        refused.Message.ShouldContain("no such app");
    }

    [Theory]
    [InlineData("live")]
    [InlineData("record")]
    [InlineData("append")]
    public async Task Publishing_goes_from_releaseStream_to_deleteStream(string type)
    {
        await using var client = await ConnectAsync();
        var publishing = client.PublishAsync("name?k=v", type);
        foreach (var expected in (string[])["releaseStream", "FCPublish"])
        {
            var (_, command) = await _server.NextCommandAsync(expected);
            command.Arguments.ShouldBe(["name?k=v"]);
            await _server.ReplyAsync(command.TransactionId, null, AmfUndefined.Value);
        }
        var create = await _server.NextCommandAsync("createStream");
        await _server.ReplyAsync(create.Command.TransactionId, null, 3d);
        var publish = await _server.NextCommandAsync("publish");
        publish.Header.StreamId.ShouldBe(3u);
        publish.Command.Arguments.ShouldBe(["name?k=v", type]);
        publishing.IsCompleted.ShouldBeFalse();
        await _server.StatusAsync(3, "status", "NetStream.Publish.Start");
        var stream = await publishing;
        (stream.Id, stream.Name).ShouldBe((3u, "name?k=v"));

        var body = Wire.Body(10_000);
        await stream.SendAsync(MessageType.Video, 0x1000000, body);
        var video = await _server.NextAsync();
        (video.Header.Type, video.Header.Timestamp, video.Header.StreamId).ShouldBe((MessageType.Video, 0x1000000u, 3u));
        video.Body.ShouldBe(body);

        await stream.UnpublishAsync();
        (await _server.NextCommandAsync("FCUnpublish")).Command.Arguments.ShouldBe(["name?k=v"]);
        (await _server.NextCommandAsync("deleteStream")).Command.Arguments.ShouldBe([3d]);
    }

    [Fact]
    public async Task A_refused_publish_tells_why()
    {
        await using var client = await ConnectAsync();
        var publishing = client.PublishAsync("name");
        await _server.GiveStreamAsync("publish", 1);
        await _server.StatusAsync(1, "error", "NetStream.Publish.BadName");
        var refused = await Should.ThrowAsync<RtmpStatusException>(publishing);
        (refused.Level, refused.Code, refused.Description).ShouldBe(("error", "NetStream.Publish.BadName", "as scripted"));
        client.Completion.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task An_error_answer_to_publish_is_a_refusal_too()
    {
        await using var client = await ConnectAsync();
        var publishing = client.PublishAsync("name");
        var publish = await _server.GiveStreamAsync("publish", 1);
        await _server.ErrorAsync(publish.Command.TransactionId, "NetStream.Publish.Denied", "no");
        (await Should.ThrowAsync<RtmpStatusException>(publishing)).Code.ShouldBe("NetStream.Publish.Denied");
    }

    [Fact]
    public async Task Several_streams_share_a_connection()
    {
        await using var client = await ConnectAsync();
        var first = client.PublishAsync("a");
        await _server.GiveStreamAsync("publish", 1);
        var second = client.PublishAsync("b");
        await _server.GiveStreamAsync("publish", 2);
        await _server.StatusAsync(2, "status", "NetStream.Publish.Start");
        var b = await second;
        first.IsCompleted.ShouldBeFalse();
        await _server.StatusAsync(1, "status", "NetStream.Publish.Start");
        var a = await first;
        await a.SendAsync(MessageType.Audio, 1, new byte[] { 1 });
        await b.SendAsync(MessageType.Audio, 1, new byte[] { 2 });
        (await _server.NextAsync()).Header.StreamId.ShouldBe(1u);
        (await _server.NextAsync()).Header.StreamId.ShouldBe(2u);
    }

    [Fact]
    public async Task A_status_on_stream_0_is_meant_for_the_only_stream_that_waits()
    {
        await using var client = await ConnectAsync();
        var publishing = client.PublishAsync("a");
        await _server.GiveStreamAsync("publish", 1);
        await _server.StatusAsync(0, "status", "NetStream.Publish.Start");
        (await publishing).Id.ShouldBe(1u);
    }

    [Fact]
    public async Task Playing_hands_out_what_arrives()
    {
        var got = new TaskCompletionSource<(MessageHeader, byte[])>();
        var codes = new List<string>();
        await using var client = await ConnectAsync(new RtmpClientOptions
        {
            OnMessage = (in header, body) => got.TrySetResult((header, body.ToArray())),
            OnStatus = (id, status) => codes.Add($"{id} {status.Code}"),
        });
        var playing = client.PlayAsync("name");
        var create = await _server.NextCommandAsync("createStream");
        await _server.ReplyAsync(create.Command.TransactionId, null, 1d);
        var buffer = await _server.NextOfAnyKindAsync();
        UserControl.Parse(buffer.Body).ShouldBe(new UserControl(UserControlEvent.SetBufferLength, 1, 3000));
        (await _server.NextCommandAsync("play")).Command.Arguments.ShouldBe(["name", -2d]);
        await _server.StatusAsync(1, "status", "NetStream.Play.Reset");
        await _server.StatusAsync(1, "status", "NetStream.Play.Start");
        var stream = await playing;
        var body = Wire.Body(400_000);
        await _server.SendAsync((writer, output) => writer.WriteMessage(output, 6, MessageType.Video, 40, 1, body));
        var (header, received) = await got.Task;
        header.Timestamp.ShouldBe(40u);
        received.ShouldBe(body);
        codes.ShouldBe(["1 NetStream.Play.Reset", "1 NetStream.Play.Start"]);
        await stream.StopAsync();
        await _server.NextCommandAsync("deleteStream");
    }

    [Fact]
    public async Task A_stream_that_is_not_found_is_told()
    {
        await using var client = await ConnectAsync();
        var playing = client.PlayAsync("name");
        await _server.GiveStreamAsync("play", 1);
        await _server.StatusAsync(1, "error", "NetStream.Play.StreamNotFound");
        (await Should.ThrowAsync<RtmpStatusException>(playing)).Code.ShouldBe("NetStream.Play.StreamNotFound");
    }

    [Fact]
    public async Task Calls_return_results_in_any_order()
    {
        await using var client = await ConnectAsync();
        var one = client.CallAsync("one", ["x", 1d]);
        var two = client.CallAsync("two");
        var first = await _server.NextCommandAsync("one");
        first.Command.Arguments.ShouldBe(["x", 1d]);
        var second = await _server.NextCommandAsync("two");
        await _server.ReplyAsync(second.Command.TransactionId, null, "second");
        await _server.ReplyAsync(first.Command.TransactionId, null, "first");
        (await two).ShouldBe(["second"]);
        (await one).ShouldBe(["first"]);
    }

    [Fact]
    public async Task A_failed_call_tells_why()
    {
        await using var client = await ConnectAsync();
        var call = client.CallAsync("foo");
        var (_, command) = await _server.NextCommandAsync("foo");
        await _server.ErrorAsync(command.TransactionId, "NetConnection.Call.Failed", "unknown");
        (await Should.ThrowAsync<RtmpCallException>(call)).Status.Code.ShouldBe("NetConnection.Call.Failed");
    }

    [Fact]
    public async Task An_answer_with_transaction_0_is_taken_for_the_oldest_call()
    {
        await using var client = await ConnectAsync();
        var call = client.CallAsync("foo");
        await _server.NextCommandAsync("foo");
        await _server.ReplyAsync(0, null, 5d);
        (await call).ShouldBe([5d]);
    }

    [Fact]
    public async Task A_call_without_an_answer_times_out()
    {
        var time = new ManualTime();
        await using var client = await ConnectAsync(new RtmpClientOptions { TimeProvider = time });
        var call = client.CallAsync("foo");
        await _server.NextCommandAsync("foo");
        while (!call.IsCompleted)
        {
            time.Expire();
            await Task.Yield();
        }
        await Should.ThrowAsync<TimeoutException>(call);
        client.Completion.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_server_that_does_not_shake_hands_times_out()
    {
        var time = new ManualTime();
        var connecting = RtmpClient.ConnectAsync(_clientEnd, Address, new RtmpClientOptions { TimeProvider = time });
        while (!connecting.IsCompleted)
        {
            time.Expire();
            await Task.Yield();
        }
        (await Should.ThrowAsync<TimeoutException>(connecting)).Message.ShouldContain("handshake");
    }

    [Fact]
    public async Task Pings_are_answered()
    {
        await using var client = await ConnectAsync();
        await _server.SendAsync((writer, output) => new UserControl(UserControlEvent.PingRequest, 0xCAFE).Write(writer, output));
        var (header, body) = await _server.NextOfAnyKindAsync();
        header.Type.ShouldBe(MessageType.UserControl);
        UserControl.Parse(body).ShouldBe(new UserControl(UserControlEvent.PingResponse, 0xCAFE));
    }

    [Fact]
    public async Task What_arrives_is_acknowledged_after_each_window()
    {
        await using var client = await ConnectAsync();
        await _server.SendAsync((writer, output) => writer.WriteWindowAcknowledgementSize(output, 5000));
        await _server.SendAsync((writer, output) => writer.WriteMessage(output, 4, MessageType.Audio, 0, 1, new byte[6000]));
        var (header, body) = await _server.NextOfAnyKindAsync();
        header.Type.ShouldBe(MessageType.Acknowledgement);
        ControlMessage.ReadUInt32(header.Type, body).ShouldBe((uint)_server.BytesSent);
    }

    [Fact]
    public async Task Peer_bandwidth_is_answered_with_the_window()
    {
        await using var client = await ConnectAsync();
        await _server.SendAsync((writer, output) => writer.WriteSetPeerBandwidth(output, 70_000, PeerBandwidthLimit.Dynamic));
        var (header, body) = await _server.NextOfAnyKindAsync();
        header.Type.ShouldBe(MessageType.WindowAcknowledgementSize);
        ControlMessage.ReadUInt32(header.Type, body).ShouldBe(70_000u);
    }

    [Fact]
    public async Task Commands_and_events_of_the_server_are_handed_out()
    {
        var seen = new List<string>();
        var last = new TaskCompletionSource();
        await using var client = await ConnectAsync(new RtmpClientOptions
        {
            OnCommand = (_, command) => seen.Add(command.Name),
            OnUserControl = control =>
            {
                seen.Add(control.Event.ToString());
                if (control.Event == UserControlEvent.BufferReady) last.SetResult();
            },
        });
        await _server.SendAsync(0, new RtmpCommand("onBWDone", 0, null));
        await _server.SendAsync(0, new RtmpCommand("onFCPublish", 0, null));
        await _server.SendAsync((writer, output) => new UserControl(UserControlEvent.StreamBegin, 1).Write(writer, output));
        await _server.SendAsync((writer, output) => new UserControl(UserControlEvent.BufferReady, 1).Write(writer, output));
        await last.Task;
        seen.ShouldBe(["onBWDone", "onFCPublish", "StreamBegin", "BufferReady"]);
    }

    [Fact]
    public async Task When_the_server_closes_everything_that_waits_fails()
    {
        await using var client = await ConnectAsync();
        var publishing = client.PublishAsync("a");
        await _server.GiveStreamAsync("publish", 1);
        var call = client.CallAsync("foo");
        await _server.NextCommandAsync("foo");
        _server.Dispose();
        await Should.ThrowAsync<IOException>(publishing);
        await Should.ThrowAsync<IOException>(call);
        await client.Completion;
        await Should.ThrowAsync<IOException>(client.SendAsync(1, MessageType.Audio, 0, new byte[1]).AsTask());
        await Should.ThrowAsync<IOException>(client.CallAsync("bar"));
    }

    [Fact]
    public async Task A_server_that_breaks_the_protocol_ends_the_connection_with_the_reason()
    {
        await using var client = await ConnectAsync();
        var call = client.CallAsync("foo");
        await _server.SendAsync((_, output) => output.Write(Wire.SetChunkSize(0)));
        (await Should.ThrowAsync<IOException>(call)).InnerException.ShouldBeOfType<RtmpProtocolException>();
        await Should.ThrowAsync<RtmpProtocolException>(client.Completion);
    }

    [Theory]
    [InlineData("x")]
    [InlineData(0d)]
    [InlineData(1.5)]
    [InlineData(null)]
    public async Task A_createStream_answer_without_a_stream_id_is_refused(object? id)
    {
        await using var client = await ConnectAsync();
        var playing = client.PlayAsync("a");
        var create = await _server.NextCommandAsync("createStream");
        await _server.ReplyAsync(create.Command.TransactionId, null, id);
        await Should.ThrowAsync<RtmpProtocolException>(playing);
    }

    [Fact]
    public async Task Media_are_collected_up_to_the_buffer_size()
    {
        await using var client = await ConnectAsync(new RtmpClientOptions { SendBufferBytes = 1000 });
        await client.SendAsync(1, MessageType.Audio, 0, new byte[600]);
        var next = _server.NextAsync();
        next.IsCompleted.ShouldBeFalse();
        await client.SendAsync(1, MessageType.Audio, 20, new byte[601]);
        (await next).Header.Length.ShouldBe(600);
        (await _server.NextAsync()).Header.Length.ShouldBe(601);
        await client.SendAsync(1, MessageType.Audio, 40, new byte[1]);
        await client.FlushAsync();
        (await _server.NextAsync()).Header.Length.ShouldBe(1);
    }

    [Fact]
    public async Task After_dispose_nothing_can_be_sent()
    {
        var client = await ConnectAsync();
        await client.DisposeAsync();
        await client.DisposeAsync();
        client.Completion.IsCompletedSuccessfully.ShouldBeTrue();
        await Should.ThrowAsync<ObjectDisposedException>(() => client.SendAsync(1, MessageType.Audio, 0, new byte[1]).AsTask());
    }

    [Fact]
    public async Task Many_tasks_may_send_at_once()
    {
        await using var client = await ConnectAsync();
        var senders = Enumerable.Range(0, 8).Select(n => Task.Run(async () =>
        {
            for (var i = 0u; i < 50; i++) await client.SendAsync((uint)n + 1, MessageType.Audio, i, Wire.Body(300, n));
        }));
        var all = Task.WhenAll(senders);
        for (var i = 0; i < 400; i++)
        {
            var (header, body) = await _server.NextAsync();
            body.ShouldBe(Wire.Body(300, (int)header.StreamId - 1));
        }
        await all;
    }

    private async Task<RtmpClient> ConnectAsync(RtmpClientOptions? options = null)
    {
        var connecting = RtmpClient.ConnectAsync(_clientEnd, Address, options);
        await _server.AcceptAndAnswerAsync();
        return await connecting;
    }
}
