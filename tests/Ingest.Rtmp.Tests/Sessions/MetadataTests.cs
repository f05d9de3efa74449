using Microsoft.Extensions.Logging;
using Tapedeck.Ingest.Rtmp.Tests.Kit;
using Tapedeck.Media;
using Tapedeck.Protocols.Rtmp;

namespace Tapedeck.Ingest.Rtmp.Tests.Sessions;

/// <summary>Metadata comes in every shape, or not at all; the media goes on.</summary>
public sealed class MetadataTests
{
    private static readonly byte[] Set = Flv.Amf("@setDataFrame");
    private static readonly byte[] LongSet = [12, 0, 0, 0, 13, .. "@setDataFrame"u8];

    public static TheoryData<string, MessageType, byte[], byte[]> Kept => new()
    {
        // what, type, sent, kept as metadata and in the frame
        { "@setDataFrame", MessageType.DataAmf0, [.. Set, .. Flv.Metadata(1)], Flv.Metadata(1) },
        { "without @setDataFrame", MessageType.DataAmf0, Flv.Metadata(2), Flv.Metadata(2) },
        { "an object instead of an array", MessageType.DataAmf0, Flv.Amf("onMetaData", new AmfObject { ["width"] = 1.0 }), Flv.Amf("onMetaData", new AmfObject { ["width"] = 1.0 }) },
        { "nothing behind the name", MessageType.DataAmf0, Flv.Amf("onMetaData"), Flv.Amf("onMetaData") },
        { "null", MessageType.DataAmf0, Flv.Amf("@setDataFrame", "onMetaData", null), Flv.Amf("onMetaData", null) },
        { "a number", MessageType.DataAmf0, Flv.Amf("onMetaData", 5.0), Flv.Amf("onMetaData", 5.0) },
        { "AMF3 with selector", MessageType.DataAmf3, [0, .. Set, .. Flv.Metadata(3)], Flv.Metadata(3) },
        { "AMF3 without selector", MessageType.DataAmf3, [.. Set, .. Flv.Metadata(3)], Flv.Metadata(3) },
        { "@setDataFrame as a long string", MessageType.DataAmf0, [.. LongSet, .. Flv.Metadata(4)], Flv.Metadata(4) },
    };

    [Theory]
    [MemberData(nameof(Kept))]
    public async Task Is_kept_as_it_came(string what, MessageType type, byte[] sent, byte[] kept)
    {
        await using var server = new TestServer();
        var client = await server.PublishAsync();
        await client.Message(5, type, 0, 1, sent).Video(0, Flv.AvcHeader).SendAsync();
        var frames = await server.Live.Tap("cam").TakeAsync(2);
        frames[0].Kind.ShouldBe(FrameKind.Script, what);
        frames[0].Packet.ShouldBe(kept, what);
        server.Live.FindStream("cam")!.Metadata.ToArray().ShouldBe(kept, what);
        server.Log.AtLeast(LogLevel.Warning).ShouldBeEmpty();
    }

    public static TheoryData<string, MessageType, byte[]> Broken => new()
    {
        { "cut off", MessageType.DataAmf0, [.. Set, .. Flv.Metadata(1)[..^12]] },
        { "does not begin with a name", MessageType.DataAmf0, Flv.Amf(5.0, "onMetaData") },
        { "unknown marker", MessageType.DataAmf0, [.. Flv.Amf("onMetaData"), 0x7F] },
        { "an array of 4,000,000,000", MessageType.DataAmf0, [.. Flv.Amf("onMetaData"), 10, 0xEE, 0x6B, 0x28, 0] },
        { "a string of 4 GB", MessageType.DataAmf0, [.. Flv.Amf("onMetaData"), 12, 0xFF, 0xFF, 0xFF, 0xFF] },
        { "nested too deep", MessageType.DataAmf0, Flv.Amf("onMetaData", Nested(40)) },
        { "too many items", MessageType.DataAmf0, Flv.Amf("onMetaData", new AmfArray(Enumerable.Range(0, 5000).Select(i => (object?)(double)i))) },
        { "AMF3 name that AMF0 cannot write", MessageType.DataAmf3, LongName() },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task Broken_metadata_is_left_out_and_said_once(string what, MessageType type, byte[] sent)
    {
        await using var server = new TestServer();
        var client = await server.PublishAsync();
        await client.Data(0, Flv.Metadata(7)).Message(5, type, 0, 1, sent).Video(0, Flv.AvcHeader).Message(5, type, 0, 1, sent).Video(0, Flv.Key(1)).SendAsync();
        var frames = await server.Live.Tap("cam").TakeAsync(3);
        frames.Select(f => f.Kind).ShouldBe([FrameKind.Script, FrameKind.Configuration, FrameKind.Sample], what);
        server.Live.FindStream("cam")!.Metadata.ToArray().ShouldBe(Flv.Metadata(7), what);
        (await client.SyncAsync()).ShouldBeEmpty();
        server.Log.AtLeast(LogLevel.Warning).ShouldHaveSingleItem().ShouldContain("left out");
    }

    [Fact]
    public async Task Empty_data_messages_and_an_empty_setDataFrame_do_no_harm()
    {
        await using var server = new TestServer();
        var client = await server.PublishAsync();
        await client.Data(0, []).Data(0, Set).Data(0, Flv.Amf("@clearDataFrame")).Video(0, Flv.AvcHeader).SendAsync();
        await client.SyncAsync();
        var frames = await server.Live.Tap("cam").TakeAsync(1);
        frames[^1].Packet.ShouldBe(Flv.AvcHeader);
        server.Live.FindStream("cam")!.Metadata.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task ClearDataFrame_removes_it()
    {
        await using var server = new TestServer();
        var client = await server.PublishAsync();
        await client.Data(0, Flv.Metadata(1)).Data(0, Flv.Amf("@clearDataFrame", "onMetaData")).SendAsync();
        await client.SyncAsync();
        server.Live.FindStream("cam")!.Metadata.IsEmpty.ShouldBeTrue();
    }

    [Theory]
    [InlineData("onCuePoint")]
    [InlineData("onTextData")]
    [InlineData("onFI")]
    [InlineData("neverHeardOf")]
    public async Task Events_of_any_name_are_kept_verbatim_and_are_not_metadata(string name)
    {
        await using var server = new TestServer();
        var client = await server.PublishAsync();
        var body = Flv.Amf(name, new AmfObject { ["text"] = "a", ["time"] = AmfDate.From(DateTimeOffset.UnixEpoch) }, 5.0);
        await client.Data(1234, body).SendAsync();
        var frame = (await server.Live.Tap("cam").TakeAsync(1))[0];
        (frame.Kind, frame.Time, frame.Track.Kind).ShouldBe((FrameKind.Script, 1234, TrackKind.Data));
        frame.Packet.ShouldBe(body);
        server.Live.FindStream("cam")!.Metadata.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task Metadata_belongs_to_its_own_stream()
    {
        await using var server = new TestServer();
        var client = await server.PublishAsync("one");
        await client.Command("createStream", 4).On(2, "publish", 0, "two").SendAsync();
        await client.SyncAsync();
        await client.Data(0, Flv.Metadata(1), 1).Data(0, Flv.Metadata(2), 2).SendAsync();
        await client.SyncAsync();
        server.Live.FindStream("one")!.Metadata.ToArray().ShouldBe(Flv.Metadata(1));
        server.Live.FindStream("two")!.Metadata.ToArray().ShouldBe(Flv.Metadata(2));
    }

    private static AmfObject Nested(int depth)
    {
        var result = new AmfObject();
        for (var i = 0; i < depth; i++)
            result = new AmfObject { ["a"] = result };
        return result;
    }

    private static byte[] LongName()
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        Amf3Writer.Write(output, new AmfObject { [new string('n', 70_000)] = 1.0 });
        return [0, .. Flv.Amf("onMetaData"), 0x11, .. output.WrittenSpan];
    }
}
