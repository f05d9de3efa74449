using System.Buffers;

namespace Tapedeck.Protocols.Rtmp.Tests.Client;

/// <summary>The connection itself: its beginning, what both ends say on it, its end.</summary>
public sealed class RtmpClientTests : ClientTest
{
    [Fact]
    public async Task Connect_says_who_we_are()
    {
        var connecting = RtmpClient.ConnectAsync(ClientEnd, Address, new RtmpClientOptions
        {
            FlashVer = "Test/1",
            ChunkSize = 5000,
            ConnectProperties = new AmfObject { ["pageUrl"] = "page", ["type"] = "other" },
            ConnectArguments = [true, "hello"],
            Capabilities = new EnhancedCapabilities { FourCcList = ["av01"], CapsEx = ExtendedCapabilities.Multitrack },
        });
        var request = await Server.AcceptAsync();
        (request.App, request.Instance, request.TcUrl).ShouldBe(("app", "inst", "rtmp://host/app/inst"));
        (request.FlashVer, request.PageUrl, request.TransactionId).ShouldBe(("Test/1", "page", 1d));
        request.Properties["type"].ShouldBe("other");
        request.Arguments.ShouldBe([true, "hello"]);
        request.Capabilities.FourCcList.ShouldBe(["av01"]);
        request.Capabilities.CapsEx.ShouldBe(ExtendedCapabilities.Multitrack);
        Server.ChunkSize.ShouldBe(5000);
        await Server.ReplyAsync(1, new AmfObject { ["fmsVer"] = "x" }, null);
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
        Server.Form.ShouldBe(form);
        client.IsServerVerified.ShouldBeTrue();
    }

    [Fact]
    public async Task A_refused_connect_tells_why()
    {
        var connecting = RtmpClient.ConnectAsync(ClientEnd, Address);
        await Server.AcceptAsync();
        await Server.ErrorAsync(1, "NetConnection.Connect.Rejected", "no such app");
        var refused = await Should.ThrowAsync<RtmpCallException>(connecting);
        refused.Command.ShouldBe("connect");
        refused.Status.Code.ShouldBe("NetConnection.Connect.Rejected");
        refused.Message.ShouldContain("no such app");
    }

    [Fact]
    public async Task A_server_that_does_not_shake_hands_times_out()
    {
        var time = new ManualTime();
        var options = new RtmpClientOptions { TimeProvider = time };
        var connecting = RtmpClient.ConnectAsync(ClientEnd, Address, options);
        await time.MadeAsync(1);
        time.Advance(options.Timeout - TimeSpan.FromMilliseconds(1));
        connecting.IsCompleted.ShouldBeFalse();
        time.Advance(TimeSpan.FromMilliseconds(1));
        (await Should.ThrowAsync<TimeoutException>(connecting)).Message.ShouldContain("handshake");
    }

    [Fact]
    public async Task Pings_are_answered()
    {
        await using var client = await ConnectAsync();
        await Server.SendAsync((writer, output) => new UserControl(UserControlEvent.PingRequest, 0xCAFE).Write(writer, output));
        var (header, body) = await Server.NextOfAnyKindAsync();
        header.Type.ShouldBe(MessageType.UserControl);
        UserControl.Parse(body).ShouldBe(new UserControl(UserControlEvent.PingResponse, 0xCAFE));
    }

    [Fact]
    public async Task What_arrives_is_acknowledged_after_each_window()
    {
        await using var client = await ConnectAsync();
        await Server.SendAsync((writer, output) => writer.WriteWindowAcknowledgementSize(output, 5000));
        await Server.SendAsync((writer, output) => writer.WriteMessage(output, 4, MessageType.Audio, 0, 1, new byte[6000]));
        var (header, body) = await Server.NextOfAnyKindAsync();
        header.Type.ShouldBe(MessageType.Acknowledgement);
        ControlMessage.ReadUInt32(header.Type, body).ShouldBe((uint)Server.BytesSent);
    }

    [Fact]
    public async Task Peer_bandwidth_is_answered_with_the_window()
    {
        await using var client = await ConnectAsync();
        await Server.SendAsync((writer, output) => writer.WriteSetPeerBandwidth(output, 70_000, PeerBandwidthLimit.Dynamic));
        var (header, body) = await Server.NextOfAnyKindAsync();
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
        await Server.SendAsync(0, new RtmpCommand("onBWDone", 0, null));
        await Server.SendAsync(0, new RtmpCommand("onFCPublish", 0, null));
        await Server.SendAsync((writer, output) => new UserControl(UserControlEvent.StreamBegin, 1).Write(writer, output));
        await Server.SendAsync((writer, output) => new UserControl(UserControlEvent.BufferReady, 1).Write(writer, output));
        await last.Task;
        seen.ShouldBe(["onBWDone", "onFCPublish", "StreamBegin", "BufferReady"]);
    }

    [Fact]
    public async Task When_the_server_closes_everything_that_waits_fails()
    {
        await using var client = await ConnectAsync();
        var publishing = client.PublishAsync("a");
        await Server.GiveStreamAsync("publish", 1);
        var call = client.CallAsync("foo");
        await Server.NextCommandAsync("foo");
        Server.Dispose();
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
        await Server.SendAsync((_, output) => output.Write(Wire.SetChunkSize(0)));
        (await Should.ThrowAsync<IOException>(call)).InnerException.ShouldBeOfType<RtmpProtocolException>();
        await Should.ThrowAsync<RtmpProtocolException>(client.Completion);
    }

    [Fact]
    public async Task Media_are_collected_up_to_the_buffer_size()
    {
        await using var client = await ConnectAsync(new RtmpClientOptions { SendBufferBytes = 1000 });
        await client.SendAsync(1, MessageType.Audio, 0, new byte[600]);
        var next = Server.NextAsync();
        next.IsCompleted.ShouldBeFalse();
        await client.SendAsync(1, MessageType.Audio, 20, new byte[601]);
        (await next).Header.Length.ShouldBe(600);
        (await Server.NextAsync()).Header.Length.ShouldBe(601);
        await client.SendAsync(1, MessageType.Audio, 40, new byte[1]);
        await client.FlushAsync();
        (await Server.NextAsync()).Header.Length.ShouldBe(1);
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
            var (header, body) = await Server.NextAsync();
            body.ShouldBe(Wire.Body(300, (int)header.StreamId - 1));
        }
        await all;
    }
}
