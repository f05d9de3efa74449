using Microsoft.Extensions.Logging;
using Tapedeck.Ingest.Rtmp.Tests.Kit;
using Tapedeck.Modules;
using Tapedeck.Protocols.Rtmp;
using Tapedeck.Streams;

namespace Tapedeck.Ingest.Rtmp.Tests.Sessions;

/// <summary>What a client may not have is answered with the code that encoders know, and the connection stays where it can.</summary>
public sealed class RefusalTests
{
    [Theory]
    [InlineData("nowhere", "There is no application 'nowhere' here.")]
    [InlineData("", "The address names no application")]
    [InlineData("a\nb", @"There is no application 'a\u000ab' here.")]
    public async Task An_unknown_application_is_InvalidApp(string app, string reason)
    {
        await using var server = new TestServer();
        var client = server.Open();
        await client.Handshake().Append(3, 0, new RtmpCommand("connect", 1, new AmfObject { ["app"] = app })).Command("createStream", 2).SendAsync();
        var reply = (await client.RestAsync()).ShouldHaveSingleItem();
        reply.Text.ShouldBe("_error 1 NetConnection.Connect.InvalidApp");
        reply.Description.ShouldContain(reason);
        server.Log.All.ShouldHaveSingleItem().Text.ShouldContain("connect refused: " + reason);
    }

    [Fact]
    public async Task An_application_that_cannot_start_says_why()
    {
        await using var server = new TestServer();
        server.Applications.Unavailable = "Its folder is gone.";
        var client = server.Open();
        await client.Handshake().Connect("live").SendAsync();
        var reply = (await client.RestAsync()).ShouldHaveSingleItem();
        (reply.Text, reply.Description).ShouldBe(("_error 1 NetConnection.Connect.Rejected", "Its folder is gone."));
    }

    [Fact]
    public async Task A_module_that_refuses_the_client_is_quoted()
    {
        await using var server = new TestServer();
        server.Live.OnConnect = _ => new(Decision.Refuse("Members only."));
        var client = server.Open();
        await client.Handshake().Connect("live").SendAsync();
        var reply = (await client.RestAsync()).ShouldHaveSingleItem();
        (reply.Text, reply.Description).ShouldBe(("_error 1 NetConnection.Connect.Rejected", "Members only."));
        server.Log.All.ShouldHaveSingleItem().Text.ShouldContain("connect refused: Members only.");
    }

    [Fact]
    public async Task A_second_connect_is_an_error_and_changes_nothing()
    {
        await using var server = new TestServer();
        var client = await server.PublishAsync();
        await client.Connect("live").SendAsync();
        (await client.SyncAsync()).ShouldBe(["_error 1 NetConnection.Call.Failed"]);
        server.Live.Connected.ShouldBe(1);
        server.Live.FindStream("cam").ShouldNotBeNull();
    }

    [Fact]
    public async Task A_name_in_use_is_BadName_and_the_first_publisher_stays()
    {
        await using var server = new TestServer();
        var first = await server.PublishAsync();
        var second = await server.ConnectAsync();
        await second.Command("createStream", 2).On(1, "publish", 3, "cam").Video(0, Flv.AvcHeader).SendAsync();
        await second.ExpectEndAsync("_result 2 1", "onStatus@1 NetStream.Publish.BadName");
        await first.Video(0, Flv.AvcHeader).SendAsync();
        (await server.Live.Tap("cam").TakeAsync(1)).Count.ShouldBe(1);
        server.Log.AtLeast(LogLevel.Warning)[0].ShouldContain("may not publish live/_definst_/cam");
        server.Log.Closed.ShouldHaveSingleItem().ShouldContain("publish refused: 'cam' is being published already.");
    }

    [Theory]
    [InlineData(RefusalKind.NameInUse, "NetStream.Publish.BadName")]
    [InlineData(RefusalKind.BadName, "NetStream.Publish.BadName")]
    [InlineData(RefusalKind.ByModule, "NetStream.Publish.Unauthorized")]
    [InlineData(RefusalKind.RecordingNotAllowed, "NetStream.Record.NoAccess")]
    [InlineData(RefusalKind.CannotRecord, "NetStream.Record.NoAccess")]
    [InlineData(RefusalKind.Unavailable, "NetStream.Failed")]
    public async Task Every_refusal_has_its_code(RefusalKind refusal, string code)
    {
        await using var server = new TestServer();
        server.Live.OnPublish = _ => new(PublishResult.Refused(refusal, "Because."));
        var client = await server.ConnectAsync();
        await client.Command("createStream", 2).On(1, "publish", 3, "cam").SendAsync();
        var replies = await client.RestAsync();
        replies.Select(r => r.Text).ShouldBe(["_result 2 1", "onStatus@1 " + code]);
        (replies[1].Info.GetString("level"), replies[1].Description, replies[1].Info.GetString("details")).ShouldBe(("error", "Because.", "cam"));
    }

    [Fact]
    public async Task An_empty_name_is_refused()
    {
        await using var server = new TestServer();
        var client = await server.ConnectAsync();
        await client.Command("createStream", 2).On(1, "publish", 3, "?key=1").SendAsync();
        await client.ExpectEndAsync("_result 2 1", "onStatus@1 NetStream.Publish.BadName");
    }

    [Fact]
    public async Task A_refused_stream_leaves_the_others_of_its_connection_alone()
    {
        await using var server = new TestServer();
        var client = await server.PublishAsync();
        server.Live.OnPublish = r => new(r.StreamName == "two" ? PublishResult.Refused(RefusalKind.ByModule, "No.") : null);
        await client.Command("createStream", 4).On(2, "publish", 5, "two").Video(0, Flv.AvcHeader, 2).Video(0, Flv.AvcHeader).SendAsync();
        (await client.SyncAsync()).ShouldBe(["_result 4 2", "onStatus@2 NetStream.Publish.Unauthorized"]);
        (await server.Live.Tap("cam").TakeAsync(1)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_refused_stream_leaves_a_viewer_on_its_connection_alone()
    {
        await using var server = new TestServer();
        var encoder = await server.PublishAsync();
        var client = await server.ConnectAsync();
        await client.Command("createStream", 4).On(1, "play", 0, "cam").Command("createStream", 5).On(2, "publish", 0, "cam").SendAsync();
        (await client.SyncAsync()).ShouldBe(
            ["_result 4 1", "begin 1", "onStatus@1 NetStream.Play.Reset", "onStatus@1 NetStream.Play.Start", "_result 5 2", "onStatus@2 NetStream.Publish.BadName"]);
        await encoder.Video(0, Flv.AvcHeader).Video(0, Flv.Key(1)).SendAsync();
        await client.ExpectAsync("Video@1 0", "Video@1 0");
    }

    [Fact]
    public async Task Publishing_twice_on_one_message_stream_is_refused_and_the_first_goes_on()
    {
        await using var server = new TestServer();
        var client = await server.PublishAsync();
        await client.On(1, "publish", 0, "second").Video(0, Flv.AvcHeader).SendAsync();
        (await client.SyncAsync()).ShouldBe(["onStatus@1 NetStream.Publish.BadName"]);
        (await server.Live.Tap("cam").TakeAsync(1)).Count.ShouldBe(1);
        server.Live.FindStream("second").ShouldBeNull();
    }

    [Fact]
    public async Task Publish_and_play_on_a_stream_that_was_not_created_are_errors()
    {
        await using var server = new TestServer();
        var client = await server.ConnectAsync();
        await client.On(5, "publish", 0, "cam").On(0, "play", 0, "cam").On(0, "deleteStream", 0, 77.0).On(9, "closeStream", 0).SendAsync();
        (await client.SyncAsync()).ShouldBe(["onStatus@5 NetStream.Failed", "onStatus@0 NetStream.Failed"]);
    }

    [Fact]
    public async Task Playing_what_is_not_there_is_StreamNotFound_and_the_client_may_try_again()
    {
        await using var server = new TestServer();
        var client = await server.ConnectAsync();
        await client.Command("createStream", 2).On(1, "play", 0, "cam").SendAsync();
        await client.ExpectAsync("_result 2 1", "onStatus@1 NetStream.Play.StreamNotFound");
        await server.PublishAsync();
        await client.On(1, "play", 0, "cam").SendAsync();
        await client.ExpectAsync("begin 1", "onStatus@1 NetStream.Play.Reset", "onStatus@1 NetStream.Play.Start");
    }

    [Fact]
    public async Task Too_many_message_streams_are_refused()
    {
        await using var server = new TestServer(new RtmpServerOptions { MaxStreamsPerConnection = 2 });
        var client = await server.PublishAsync();
        await client.Command("createStream", 3).Command("createStream", 4).Command("deleteStream", 0, 2.0).Command("createStream", 5).SendAsync();
        (await client.SyncAsync()).ShouldBe(["_result 3 2", "_error 4 NetConnection.Call.Failed", "_result 5 3"]);
    }
}
