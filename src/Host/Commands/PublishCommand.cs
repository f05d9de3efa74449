using System.CommandLine;
using System.Net.Sockets;
using Tapedeck.Containers;
using Tapedeck.Host.Publishing;
using Tapedeck.Protocols.Rtmp;

namespace Tapedeck.Host.Commands;

/// <summary><c>tapedeck publish FILE URL</c>: an encoder to try things with.</summary>
internal static class PublishCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "MP4 or FLV file." };
        var url = new Argument<string>("url") { Description = "For example rtmp://localhost/live/mystream" };
        var type = new Option<string>("--type") { Description = "live, record or append.", DefaultValueFactory = _ => "live" };
        var loop = new Option<bool>("--loop") { Description = "Begin again at the end of the file." };
        var length = new Option<string?>("--for") { Description = "End after this time, for example 10s." };
        var fast = new Option<bool>("--fast") { Description = "As fast as the server takes it, instead of in real time." };
        var call = new Option<string[]>("--call") { Description = "A command to send meanwhile: TIME NAME [JSON], for example --call '1s startRecording [\"mystream\",{\"format\":\"mp4\"}]'; may be repeated.", AllowMultipleArgumentsPerToken = false };
        var command = new Command("publish", "Publishes a file over RTMP as an encoder would.") { file, url, type, loop, length, fast, call };
        command.SetAction((result, cancellationToken) => RunAsync(
            () => new PublishOptions
            {
                File = result.GetValue(file)!,
                Url = result.GetValue(url)!,
                Type = result.GetValue(type)!,
                Loop = result.GetValue(loop),
                For = result.GetValue(length) is { } text ? Duration.Parse(text) ?? throw new FormatException($"'{text}' (--for) is not a time; write 500ms, 10s, 2min or 1h.") : null,
                Fast = result.GetValue(fast),
                Calls = [.. (result.GetValue(call) ?? []).Select(ScheduledCall.Parse)],
            },
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(Func<PublishOptions> read, CancellationToken cancellationToken)
    {
        try
        {
            return await new FilePublisher(read(), TimeProvider.System, Terminal.Out).RunAsync(cancellationToken) ? ExitCode.Success : ExitCode.Failure;
        }
        catch (Exception e) when (e is RtmpStatusException or RtmpCallException or RtmpProtocolException or IOException or SocketException
            or UnauthorizedAccessException or ContainerFormatException or FormatException or TimeoutException or ArgumentException)
        {
            Terminal.Error(e.Message);
            return ExitCode.Failure;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return ExitCode.Success;
        }
    }
}
