using Microsoft.Extensions.Logging;
using Tapedeck.Ingest.Rtmp.Tests.Kit;
using Tapedeck.Protocols.Rtmp;
using Tapedeck.Streams;

namespace Tapedeck.Ingest.Rtmp.Tests.Sessions;

/// <summary>What is wrong gets the protocol's own answer and one line in the log.</summary>
public sealed class BadInputTests
{
    public static TheoryData<string, byte[], string> BeforeTheHandshake => new()
    {
        { "nothing", [], "closed by the client" },
        { "half a handshake", [3, .. new byte[700]], "closed by the client" },
        { "RTMPE", [6, .. new byte[1536]], "RTMPE" },
        { "TLS", [0x16, 3, 1, 2, 0, 1, 0, 1], "TLS" },
        { "HTTP", [.. "GET / HTTP/1.1\r\n"u8], "HTTP" },
        { "garbage", [0x99, 1, 2, 3], "version 153" },
    };

    [Theory]
    [MemberData(nameof(BeforeTheHandshake))]
    public async Task What_is_no_handshake_ends_with_the_reason(string what, byte[] sent, string reason)
    {
        await using var server = new TestServer();
        var client = server.Open();
        await client.SendAsync(sent);
        await client.CloseAsync();
        server.Log.All.ShouldHaveSingleItem(what).Text.ShouldContain(reason);
    }

    public static TheoryData<string, byte[], string> BehindConnect => new()
    {
        { "type 3 on a new chunk stream", [0xC0 | 11], "starts with a type 3 header" },
        { "a message of 16 MB on audio", [11, 0, 0, 0, 0xFF, 0xFF, 0xFF, 8, 1, 0, 0, 0], "declares 16777215 bytes" },
        { "a command of 1 MB", [11, 0, 0, 0, 0x10, 0, 0, 20, 0, 0, 0, 0], "declares 1048576 bytes" },
        { "more than may be under way", [.. Giant(11), .. Giant(12)], "Partly received messages" },
        { "too many chunk streams", [.. Enumerable.Range(0, 70).SelectMany(i => (byte[])[0, (byte)i, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0])], "the limit is 64" },
        { "chunk size 0", [2, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0, 0, 0, 0, 0], "Set Chunk Size" },
        { "a window of 2 bytes", [2, 0, 0, 0, 0, 0, 2, 5, 0, 0, 0, 0, 1, 2], "needs 4" },
        { "user control of 1 byte", [2, 0, 0, 0, 0, 0, 1, 4, 0, 0, 0, 0, 1], "User Control" },
        { "a command without a name", [3, 0, 0, 0, 0, 0, 1, 20, 0, 0, 0, 0, 5], "does not start with a name" },
        { "a command cut off", [3, 0, 0, 0, 0, 0, 5, 20, 0, 0, 0, 0, 2, 0, 9, 65, 65], "" },
        { "video on a stream that was never created", [6, 0, 0, 0, 0, 0, 1, 9, 7, 0, 0, 0, 0x17], "never created" },
        { "video on a stream that does not publish", [6, 0, 0, 0, 0, 0, 1, 9, 1, 0, 0, 0, 0x17], "does not publish" },
    };

    [Theory]
    [MemberData(nameof(BehindConnect))]
    public async Task What_breaks_the_protocol_is_answered_and_closed(string what, byte[] sent, string reason)
    {
        await using var server = new TestServer();
        var client = await server.ConnectAsync();
        await client.Command("createStream", 2).SendAsync();
        await client.ExpectAsync("_result 2 1");
        await client.SendAsync(sent);
        var replies = (await client.RestAsync()).Where(r => !r.Text.StartsWith("pong", StringComparison.Ordinal)).ToList();
        replies.ShouldHaveSingleItem(what).Text.ShouldBe("onStatus@0 NetConnection.Call.Failed");
        replies[0].Description.ShouldContain(reason);
        server.Log.All.ShouldHaveSingleItem().Level.ShouldBe(LogLevel.Warning);
        server.Log.Closed.ShouldHaveSingleItem().ShouldContain(replies[0].Description);
    }

    [Theory]
    [InlineData(40, 1)]
    [InlineData(1, 5000)]
    public async Task A_command_that_is_too_deep_or_too_long_closes(int depth, int items)
    {
        await using var server = new TestServer();
        var client = await server.ConnectAsync();
        object? value = new AmfArray(Enumerable.Repeat((object?)null, items));
        for (var i = 0; i < depth; i++)
            value = new AmfArray(value);
        await client.Command("x", 2, value).SendAsync();
        await client.ExpectEndAsync("onStatus@0 NetConnection.Call.Failed");
        server.Log.All.ShouldHaveSingleItem().Level.ShouldBe(LogLevel.Warning);
    }

    [Fact]
    public async Task Garbage_ends_what_is_published_as_a_protocol_error_and_nobody_else()
    {
        await using var server = new TestServer();
        var other = await server.PublishAsync("other");
        var client = await server.PublishAsync();
        var stream = server.Live.FindStream("cam")!;
        await client.Video(0, Flv.AvcHeader).Video(0, Flv.Key(1)).Raw(0xC0 | 40).SendAsync();
        await client.ExpectEndAsync("onStatus@0 NetConnection.Call.Failed");
        (await stream.Ended).ShouldBe(StreamEndReason.ProtocolError);
        (await server.Live.Tap("cam").RestAsync()).Count.ShouldBe(2);
        await other.Video(0, Flv.AvcHeader).SendAsync();
        (await server.Live.Tap("other").TakeAsync(1)).Count.ShouldBe(1);
        server.Live.FindStream("other").ShouldNotBeNull();
    }

    [Theory]
    [InlineData("publish")]
    [InlineData("createStream")]
    [InlineData("anything")]
    public async Task A_command_before_connect_closes(string name)
    {
        await using var server = new TestServer();
        var client = server.Open();
        await client.Handshake().Command(name, 1, "cam").Connect("live").SendAsync();
        await client.ExpectEndAsync("_error 1 NetConnection.Call.Failed");
        server.Log.All.ShouldHaveSingleItem().Text.ShouldContain($"command '{name}' before connect");
        server.Applications.Asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_command_name_that_is_no_text_stays_on_its_line()
    {
        await using var server = new TestServer();
        var client = server.Open();
        await client.Handshake().Command("a\r\nfake line" + new string('x', 5000), 1).SendAsync();
        await client.ExpectEndAsync("_error 1 NetConnection.Call.Failed");
        var line = server.Log.All.ShouldHaveSingleItem().Text;
        line.ShouldContain(@"a\u000d\u000afake line");
        line.ShouldNotContain('\n');
        line.Length.ShouldBeLessThan(500);
    }

    [Fact]
    public async Task Media_before_connect_closes()
    {
        await using var server = new TestServer();
        var client = server.Open();
        await client.Handshake().Video(0, Flv.AvcHeader).SendAsync();
        await client.ExpectEndAsync("onStatus@0 NetConnection.Connect.Rejected");
        server.Log.All.ShouldHaveSingleItem().Text.ShouldContain("Media came before connect");
    }

    [Fact]
    public async Task Connect_without_an_object_closes()
    {
        await using var server = new TestServer();
        var client = server.Open();
        await client.Handshake().Command("connect", 1).SendAsync();
        await client.ExpectEndAsync("onStatus@0 NetConnection.Connect.Rejected");
    }

    [Fact]
    public async Task Media_that_follows_its_unpublish_is_dropped_without_a_word()
    {
        await using var server = new TestServer();
        var client = await server.PublishAsync();
        await client.Command("deleteStream", 0, 1.0).Video(0, Flv.AvcHeader).SendAsync();
        (await client.SyncAsync()).ShouldBe(["onStatus@1 NetStream.Unpublish.Success"]);
        await client.Video(0, Flv.AvcHeader).Audio(0, Flv.AacHeader).Data(0, Flv.Metadata(1)).SendAsync();
        (await client.SyncAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Commands_in_front_of_an_error_are_carried_out()
    {
        await using var server = new TestServer();
        var client = await server.ConnectAsync();
        await client.Command("createStream", 2).On(1, "publish", 0, "cam").Video(0, Flv.AvcHeader).Command("deleteStream", 0, 1.0).Raw(0xC0 | 40).SendAsync();
        await client.ExpectEndAsync("_result 2 1", "begin 1", "onStatus@1 NetStream.Publish.Start", "onStatus@1 NetStream.Unpublish.Success", "onStatus@0 NetConnection.Call.Failed");
        (await server.Live.Tap("cam").RestAsync()).Count.ShouldBe(1);
        (await server.Live.Publishers.First().Stream.Ended).ShouldBe(StreamEndReason.Unpublished);
    }

    [Fact]
    public async Task Random_bytes_behind_connect_never_do_more_than_close()
    {
        await using var server = new TestServer();
        for (var seed = 0; seed < 200; seed++)
        {
            var client = await server.PublishAsync();
            await client.SendAsync(Flv.Pattern(seed, 3000));
            await client.CloseAsync();
        }

        server.Log.AtLeast(LogLevel.Error).ShouldBeEmpty();
    }

    private static byte[] Giant(byte csid) => [csid, 0, 0, 0, 0xF0, 0, 0, 9, 1, 0, 0, 0, .. new byte[128]];
}
