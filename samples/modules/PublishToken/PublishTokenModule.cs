using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Tapedeck.Modules;
using Tapedeck.Recordings;
using Tapedeck.Streams;

namespace PublishToken;

/// <summary>
/// Refuses to publish without <c>?token=…</c>. Shows the three verbs of a module: decide (may this client publish?), answer (the
/// command <c>hello</c>), and take notice (streams and files). One instance of it serves one application instance.
/// </summary>
public sealed class PublishTokenModule(PublishTokenOptions options, ILogger<PublishTokenModule> logger) : IModuleOnStream, IModuleOnRecording
{
    /// <summary>Decide: the publisher waits for this, so it must be quick.</summary>
    public ValueTask<Decision> OnPublishingAsync(PublishRequest request, CancellationToken cancellationToken)
    {
        // Encoders put the query behind the stream's name or behind the application's, as their settings have it.
        if (!request.Query.TryGetValue("token", out var token))
            request.Client.Query.TryGetValue("token", out token);
        if (options.Value.Length == 0)
            logger.LogError("The property publishTokenValue is not set: nobody may publish");
        return new(options.Value.Length > 0 && token is not null && IsSame(token, options.Value)
            ? Decision.Allow
            : Decision.Refuse("The token is missing or wrong; publish as name?token=…"));
    }

    /// <summary>Answer: <c>hello</c> with a name or without.</summary>
    [Command("hello")]
    public ValueTask<CommandResult> HelloAsync(CommandCall call, CancellationToken cancellationToken) =>
        new(CommandResult.Ok($"Hello, {call.Arguments.GetString(0) ?? "you"}!"));

    /// <summary>Notice: happens later, on the module's own queue; takes its time without holding up anybody else.</summary>
    public ValueTask OnStreamStartedAsync(ILiveStream stream, CancellationToken cancellationToken)
    {
        logger.LogInformation("{Stream} is live, from {Address}", stream.Name, stream.Publisher.RemoteEndPoint);
        return default;
    }

    /// <summary>Notice.</summary>
    public ValueTask OnStreamEndedAsync(ILiveStream stream, StreamEndReason reason, CancellationToken cancellationToken)
    {
        logger.LogInformation("{Stream} has ended: {Reason}", stream.Name, reason);
        return default;
    }

    /// <summary>Notice.</summary>
    public ValueTask OnFileClosedAsync(IRecording recording, RecordedFile file, CancellationToken cancellationToken)
    {
        logger.LogInformation("{Stream} was recorded to {Path}, {Seconds:0.0} s", recording.Stream.Name, file.Path, file.Duration.TotalSeconds);
        return default;
    }

    // Takes as long for a token that is nearly right as for any other of its length.
    private static bool IsSame(string a, string b) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(a), Encoding.UTF8.GetBytes(b));
}
