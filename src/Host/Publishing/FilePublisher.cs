using System.Globalization;
using Tapedeck.Protocols.Rtmp;

namespace Tapedeck.Host.Publishing;

/// <summary>What to publish and how.</summary>
internal sealed record PublishOptions
{
    public required string File { get; init; }

    public required string Url { get; init; }

    public string Type { get; init; } = "live";

    /// <summary>Begin again at the end of the file, with times going on.</summary>
    public bool Loop { get; init; }

    /// <summary>End after this much media time; null: at the end of the file.</summary>
    public TimeSpan? For { get; init; }

    /// <summary>As fast as the server takes it instead of in real time.</summary>
    public bool Fast { get; init; }

    public IReadOnlyList<ScheduledCall> Calls { get; init; } = [];
}

/// <summary>Publishes a file over RTMP as an encoder would, in real time, and sends commands on the same connection meanwhile.</summary>
internal sealed class FilePublisher(PublishOptions options, TimeProvider time, Action<string> say)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Publishes to the end. False when a command was answered with an error.</summary>
    /// <exception cref="RtmpStatusException">The server refused to publish.</exception>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        var address = RtmpAddress.Parse(options.Url);
        var clientOptions = new RtmpClientOptions
        {
            FlashVer = "FMLE/3.0 (compatible; Tapedeck)",
            Capabilities = new EnhancedCapabilities
            {
                FourCcList = ["av01", "vp09", "hvc1", "avc1", "Opus", "fLaC", "ac-3", "ec-3", ".mp3", "mp4a"],
                CapsEx = ExtendedCapabilities.Multitrack | ExtendedCapabilities.ModEx,
            },
            OnStatus = (_, status) => say($"  server: {status.Code} {status.Description}"),
            TimeProvider = time,
            Timeout = Patience,
        };
        await using var client = await RtmpClient.ConnectAsync(options.Url, clientOptions, cancellationToken);
        var stream = await client.PublishAsync(address.Stream, options.Type, cancellationToken);
        var calls = new Queue<ScheduledCall>(options.Calls.OrderBy(c => c.At));
        var answers = new List<Task<bool>>();
        var sent = await SendAsync(client, stream, calls, answers, cancellationToken);
        while (calls.TryDequeue(out var late))
            answers.Add(CallAsync(client, late, cancellationToken));
        var succeeded = await Task.WhenAll(answers);
        await stream.UnpublishAsync(cancellationToken);
        say(string.Create(CultureInfo.InvariantCulture, $"  published {sent / 1000.0:0.000} s"));
        return Array.TrueForAll(succeeded, s => s);
    }

    private async Task<long> SendAsync(RtmpClient client, RtmpClientStream stream, Queue<ScheduledCall> calls, List<Task<bool>> answers, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        long offset = 0;
        long latest = 0;
        do
        {
            long last = 0;
            foreach (var message in PublishSource.Read(options.File))
            {
                var at = offset + message.Time;
                if (options.For is { } end && at >= end.TotalMilliseconds)
                    return latest;
                while (calls.TryPeek(out var next) && next.At.TotalMilliseconds <= at)
                    answers.Add(CallAsync(client, calls.Dequeue(), cancellationToken));
                if (!options.Fast)
                    await PaceAsync(client, started, at, cancellationToken);
                await stream.SendAsync(message.Type, (uint)at, message.Body, cancellationToken);
                last = message.Time;
                latest = at;
            }

            // The next run begins one frame after the last one of this.
            offset += last + 33;
        }
        while (options.Loop);
        await client.FlushAsync(cancellationToken);
        return latest;
    }

    private async Task PaceAsync(RtmpClient client, long started, long at, CancellationToken cancellationToken)
    {
        var early = TimeSpan.FromMilliseconds(at) - time.GetElapsedTime(started);
        if (early <= TimeSpan.FromMilliseconds(1))
            return;
        await client.FlushAsync(cancellationToken);
        await Task.Delay(early, time, cancellationToken);
    }

    private async Task<bool> CallAsync(RtmpClient client, ScheduledCall call, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await client.CallAsync(call.Name, call.Arguments, cancellationToken);
            say($"  {call.Name} -> {string.Join(", ", answer.Select(Show))}");
            return true;
        }
        catch (RtmpCallException e)
        {
            say($"  {call.Name} -> error {e.Status.Code}: {e.Status.Description}");
            return false;
        }
    }

    private static string Show(object? value) => value switch
    {
        null or AmfUndefined => "null",
        AmfObject map => "{ " + string.Join(", ", map.Select(p => $"{p.Key}: {Show(p.Value)}")) + " }",
        AmfArray list => "[ " + string.Join(", ", list.Select(Show)) + " ]",
        double number => number.ToString(CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}
