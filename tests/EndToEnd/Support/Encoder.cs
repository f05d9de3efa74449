using System.Collections.Concurrent;
using System.Diagnostics;
using Tapedeck.Containers.Flv;
using Tapedeck.Protocols.Rtmp;

namespace Tapedeck.EndToEnd.Tests;

/// <summary>An encoder of our own, which shows every status it gets and every tag it has sent.</summary>
internal sealed class Encoder : IAsyncDisposable
{
    private readonly RtmpClient _client;
    private readonly ConcurrentQueue<RtmpStatus> _statuses;
    private RtmpClientStream? _stream;

    private Encoder(RtmpClient client, ConcurrentQueue<RtmpStatus> statuses)
    {
        _client = client;
        _statuses = statuses;
    }

    public RtmpClient Client => _client;

    /// <summary>Codes of all statuses so far.</summary>
    public string[] Codes => [.. _statuses.Select(s => s.Code)];

    public RtmpStatus[] Statuses => [.. _statuses];

    /// <summary>Timestamp of the newest tag that was sent, in milliseconds of the clip.</summary>
    public long Sent { get; private set; }

    public static async Task<Encoder> ConnectAsync(string url)
    {
        var statuses = new ConcurrentQueue<RtmpStatus>();
        var client = await RtmpClient.ConnectAsync(url, new RtmpClientOptions { OnStatus = (_, status) => statuses.Enqueue(status), Timeout = Wait.Patience });
        return new Encoder(client, statuses);
    }

    public async Task PublishAsync(string name, string type = "live") => _stream = await _client.PublishAsync(name, type);

    /// <summary>Sends tags as they are; in real time or as fast as possible.</summary>
    public async Task SendAsync(IEnumerable<Tag> tags, bool inRealTime = false, CancellationToken cancellation = default)
    {
        var started = Stopwatch.GetTimestamp();
        long? first = null;
        foreach (var tag in tags)
        {
            first ??= tag.Time;
            var early = TimeSpan.FromMilliseconds(tag.Time - first.Value) - Stopwatch.GetElapsedTime(started);
            if (inRealTime && early > TimeSpan.Zero)
                await Task.Delay(early, cancellation);
            await _stream!.SendAsync((MessageType)tag.Type, tag.Time, tag.Body, cancellation);
            Sent = tag.Time;
        }
    }

    /// <summary>Sends a data message.</summary>
    public async Task SendDataAsync(uint time, string handler, params object?[] values)
    {
        var body = new System.Buffers.ArrayBufferWriter<byte>();
        new RtmpData(handler, values).Write(body);
        await _stream!.SendAsync(MessageType.DataAmf0, time, body.WrittenMemory);
    }

    public Task<IReadOnlyList<object?>> CallAsync(string command, params object?[] arguments) => _client.CallAsync(command, arguments);

    public Task UnpublishAsync() => _stream!.UnpublishAsync();

    /// <summary>Waits for a status.</summary>
    public Task StatusAsync(string code) => Wait.UntilAsync(() => Codes.Contains(code), () => $"status {code}; there are {string.Join(", ", Codes)}");

    /// <summary>Publishes a whole clip and waits until the server said that all is over.</summary>
    public static async Task<Encoder> PublishClipAsync(string url, string name, string clip, string type = "live")
    {
        var encoder = await ConnectAsync(url);
        await encoder.PublishAsync(name, type);
        await encoder.SendAsync(Recorded.Tags(clip).Where(t => t.Type != FlvTagType.Script));
        await encoder.UnpublishAsync();
        await encoder.StatusAsync("NetStream.Unpublish.Success");
        return encoder;
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();
}
