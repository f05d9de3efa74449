namespace Tapedeck.Protocols.Rtmp.Tests.Client;

/// <summary>What is published and played.</summary>
public sealed class RtmpClientStreamTests : ClientTest
{
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
            var (_, command) = await Server.NextCommandAsync(expected);
            command.Arguments.ShouldBe(["name?k=v"]);
            await Server.ReplyAsync(command.TransactionId, null, AmfUndefined.Value);
        }
        var create = await Server.NextCommandAsync("createStream");
        await Server.ReplyAsync(create.Command.TransactionId, null, 3d);
        var publish = await Server.NextCommandAsync("publish");
        publish.Header.StreamId.ShouldBe(3u);
        publish.Command.Arguments.ShouldBe(["name?k=v", type]);
        publishing.IsCompleted.ShouldBeFalse();
        await Server.StatusAsync(3, "status", "NetStream.Publish.Start");
        var stream = await publishing;
        (stream.Id, stream.Name).ShouldBe((3u, "name?k=v"));

        var body = Wire.Body(10_000);
        await stream.SendAsync(MessageType.Video, 0x1000000, body);
        var video = await Server.NextAsync();
        (video.Header.Type, video.Header.Timestamp, video.Header.StreamId).ShouldBe((MessageType.Video, 0x1000000u, 3u));
        video.Body.ShouldBe(body);

        await stream.UnpublishAsync();
        (await Server.NextCommandAsync("FCUnpublish")).Command.Arguments.ShouldBe(["name?k=v"]);
        (await Server.NextCommandAsync("deleteStream")).Command.Arguments.ShouldBe([3d]);
    }

    [Fact]
    public async Task A_refused_publish_tells_why()
    {
        await using var client = await ConnectAsync();
        var publishing = client.PublishAsync("name");
        await Server.GiveStreamAsync("publish", 1);
        await Server.StatusAsync(1, "error", "NetStream.Publish.BadName");
        var refused = await Should.ThrowAsync<RtmpStatusException>(publishing);
        (refused.Level, refused.Code, refused.Description).ShouldBe(("error", "NetStream.Publish.BadName", "as scripted"));
        client.Completion.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task An_error_answer_to_publish_is_a_refusal_too()
    {
        await using var client = await ConnectAsync();
        var publishing = client.PublishAsync("name");
        var publish = await Server.GiveStreamAsync("publish", 1);
        await Server.ErrorAsync(publish.Command.TransactionId, "NetStream.Publish.Denied", "no");
        (await Should.ThrowAsync<RtmpStatusException>(publishing)).Code.ShouldBe("NetStream.Publish.Denied");
    }

    [Fact]
    public async Task Several_streams_share_a_connection()
    {
        await using var client = await ConnectAsync();
        var first = client.PublishAsync("a");
        await Server.GiveStreamAsync("publish", 1);
        var second = client.PublishAsync("b");
        await Server.GiveStreamAsync("publish", 2);
        await Server.StatusAsync(2, "status", "NetStream.Publish.Start");
        var b = await second;
        first.IsCompleted.ShouldBeFalse();
        await Server.StatusAsync(1, "status", "NetStream.Publish.Start");
        var a = await first;
        await a.SendAsync(MessageType.Audio, 1, new byte[] { 1 });
        await b.SendAsync(MessageType.Audio, 1, new byte[] { 2 });
        (await Server.NextAsync()).Header.StreamId.ShouldBe(1u);
        (await Server.NextAsync()).Header.StreamId.ShouldBe(2u);
    }

    [Fact]
    public async Task A_status_on_stream_0_is_meant_for_the_only_stream_that_waits()
    {
        await using var client = await ConnectAsync();
        var publishing = client.PublishAsync("a");
        await Server.GiveStreamAsync("publish", 1);
        await Server.StatusAsync(0, "status", "NetStream.Publish.Start");
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
        var create = await Server.NextCommandAsync("createStream");
        await Server.ReplyAsync(create.Command.TransactionId, null, 1d);
        var buffer = await Server.NextOfAnyKindAsync();
        UserControl.Parse(buffer.Body).ShouldBe(new UserControl(UserControlEvent.SetBufferLength, 1, 3000));
        (await Server.NextCommandAsync("play")).Command.Arguments.ShouldBe(["name", -2d]);
        await Server.StatusAsync(1, "status", "NetStream.Play.Reset");
        await Server.StatusAsync(1, "status", "NetStream.Play.Start");
        var stream = await playing;
        var body = Wire.Body(400_000);
        await Server.SendAsync((writer, output) => writer.WriteMessage(output, 6, MessageType.Video, 40, 1, body));
        var (header, received) = await got.Task;
        header.Timestamp.ShouldBe(40u);
        received.ShouldBe(body);
        codes.ShouldBe(["1 NetStream.Play.Reset", "1 NetStream.Play.Start"]);
        await stream.StopAsync();
        await Server.NextCommandAsync("deleteStream");
    }

    [Fact]
    public async Task A_stream_that_is_not_found_is_told()
    {
        await using var client = await ConnectAsync();
        var playing = client.PlayAsync("name");
        await Server.GiveStreamAsync("play", 1);
        await Server.StatusAsync(1, "error", "NetStream.Play.StreamNotFound");
        (await Should.ThrowAsync<RtmpStatusException>(playing)).Code.ShouldBe("NetStream.Play.StreamNotFound");
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
        var create = await Server.NextCommandAsync("createStream");
        await Server.ReplyAsync(create.Command.TransactionId, null, id);
        await Should.ThrowAsync<RtmpProtocolException>(playing);
    }
}
