using Tapedeck.Connections;
using Tapedeck.Ingest.Rtmp.Tests.Kit;
using Tapedeck.Protocols.Rtmp;
using Tapedeck.Streams;

namespace Tapedeck.Ingest.Rtmp.Tests.Sessions;

/// <summary>Statuses of streams and their recordings.</summary>
public sealed class StatusTests
{
    [Fact]
    public async Task Recording_starts_behind_publishing_and_stops_before_unpublishing()
    {
        await using var server = new TestServer();
        FakeRecording? recording = null;
        server.Live.Record = stream => recording = new FakeRecording(stream);
        var client = await server.ConnectAsync();
        await client.Command("createStream", 2).On(1, "publish", 3, "mp4:cam", "record").SendAsync();
        await client.ExpectAsync("_result 2 1", "begin 1", "onStatus@1 NetStream.Publish.Start", "onStatus@1 NetStream.Record.Start");
        var request = server.Live.Published.ShouldHaveSingleItem();
        (request.Type, request.Format).ShouldBe((PublishType.Record, Recordings.RecordingFormat.Mp4));
        await client.Command("deleteStream", 0, 1.0).SendAsync();
        (await client.SyncAsync()).ShouldBeEmpty(); // the file is not closed yet
        recording!.Close();
        await client.ExpectAsync("onStatus@1 NetStream.Record.Stop", "onStatus@1 NetStream.Unpublish.Success");
    }

    [Fact]
    public async Task A_recording_that_failed_says_why()
    {
        await using var server = new TestServer();
        FakeRecording? recording = null;
        server.Live.Record = stream => recording = new FakeRecording(stream);
        var client = await server.PublishRecordedAsync();
        recording!.Close("Disk full.");
        var warned = await client.NextAsync();
        (warned.Text, warned.Description, warned.Info.GetString("level")).ShouldBe(("onStatus@1 NetStream.Record.Failed", "Disk full.", "warning"), "the stream itself is well");
        server.Live.FindStream("cam").ShouldNotBeNull();
        await client.On(1, "closeStream", 0).SendAsync();
        var failed = await client.NextAsync();
        (failed.Text, failed.Description, failed.Info.GetString("level")).ShouldBe(("onStatus@1 NetStream.Record.Failed", "Disk full.", "error"));
        await client.ExpectAsync("onStatus@1 NetStream.Unpublish.Success");
    }

    [Fact]
    public async Task A_file_that_takes_its_time_does_not_hold_up_unpublishing()
    {
        await using var server = new TestServer();
        server.Live.Record = stream => new FakeRecording(stream);
        var client = await server.PublishRecordedAsync();
        await client.On(1, "closeStream", 0).SendAsync();
        (await client.SyncAsync()).ShouldBeEmpty();
        server.Time.Advance(TimeSpan.FromSeconds(5.1));
        await client.ExpectAsync("onStatus@1 NetStream.Unpublish.Success");
    }

    [Fact]
    public async Task A_connection_that_is_gone_before_its_file_is_closed_misses_nothing()
    {
        await using var server = new TestServer();
        FakeRecording? recording = null;
        server.Live.Record = stream => recording = new FakeRecording(stream);
        var client = await server.PublishRecordedAsync();
        await client.Command("deleteStream", 0, 1.0).SendAsync();
        await client.SyncAsync();
        await client.CloseAsync();
        recording!.Close();
    }

    [Fact]
    public async Task SendStatus_goes_to_the_message_stream_of_its_stream()
    {
        await using var server = new TestServer();
        var client = await server.PublishAsync("one");
        await client.Command("createStream", 4).On(2, "publish", 0, "two").SendAsync();
        await client.SyncAsync();
        var seen = server.Live.Clients.Single();
        seen.SendStatus(new StatusMessage("status", "A", "a"), server.Live.FindStream("two"));
        seen.SendStatus(new StatusMessage("status", "B", "b"), server.Live.FindStream("one"));
        seen.SendStatus(new StatusMessage("warning", "C", "c", "what"));
        await client.ExpectAsync("onStatus@2 A", "onStatus@1 B");
        var last = await client.NextAsync();
        (last.Text, last.Description, last.Info.GetString("level"), last.Info.GetString("details")).ShouldBe(("onStatus@0 C", "c", "warning", "what"));
        await client.CloseAsync();
        seen.SendStatus(new StatusMessage("status", "D", "nobody sees this"));
    }

    [Fact]
    public async Task SendStatus_about_a_stream_that_has_ended_still_goes_to_its_message_stream()
    {
        await using var server = new TestServer();
        var client = await server.PublishAsync();
        var stream = server.Live.FindStream("cam");
        await client.On(1, "publish", 0, false).SendAsync();
        await client.ExpectAsync("onStatus@1 NetStream.Unpublish.Success");
        client.Connection.SendStatus(new StatusMessage("status", "NetStream.Record.Stop", "Recorded."), stream);
        await client.ExpectAsync("onStatus@1 NetStream.Record.Stop");
    }

    [Fact]
    public async Task An_enhanced_client_learns_what_the_server_takes()
    {
        await using var server = new TestServer();
        var client = server.Open();
        var properties = new AmfObject { ["app"] = "live", ["fourCcList"] = new AmfArray("av01", "hvc1") };
        await client.Handshake().Append(3, 0, new RtmpCommand("connect", 1, properties)).SendAsync();
        Reply reply;
        do
            reply = await client.NextAsync();
        while (reply.Command.Name != "_result");
        var said = EnhancedCapabilities.Read((AmfObject)reply.Command.CommandObject!);
        said.FourCcList.ShouldBe(["*"]);
        said.Video["*"].ShouldBe(FourCcAbility.Forward);
        said.Audio["*"].ShouldBe(FourCcAbility.Forward);
        said.CapsEx.ShouldBe(ExtendedCapabilities.Multitrack | ExtendedCapabilities.ModEx | ExtendedCapabilities.TimestampNanoOffset);
    }

    [Fact]
    public async Task A_plain_client_is_spared()
    {
        await using var server = new TestServer();
        var client = server.Open();
        await client.Handshake().Connect("live").SendAsync();
        Reply reply;
        do
            reply = await client.NextAsync();
        while (reply.Command.Name != "_result");
        var properties = (AmfObject)reply.Command.CommandObject!;
        EnhancedCapabilities.Read(properties).IsEmpty.ShouldBeTrue();
        properties.GetNumber("capabilities").ShouldBe(31);
        reply.Info.GetNumber("objectEncoding").ShouldBe(0);
    }
}
