using Microsoft.Extensions.Logging;
using Tapedeck.Modules;

namespace Tapedeck.Host.Modules;

/// <summary>One that can answer a command.</summary>
internal readonly record struct CallStep(RunningModule Module, CommandHandler Answer);

/// <summary>The way of one command through those that can answer it, the last in the application's list first.</summary>
internal sealed class CallChain(CommandCall original, CallStep[] steps, ILogger logger)
{
    public const string FailedCode = "NetConnection.Call.Failed";

    /// <summary>The module that has the command now.</summary>
    public RunningModule? Current { get; private set; }

    public ValueTask<CommandResult> RunAsync(CancellationToken cancellationToken) => RunAsync(original, 0, cancellationToken);

    private async ValueTask<CommandResult> RunAsync(CommandCall call, int index, CancellationToken cancellationToken)
    {
        if (index == steps.Length) return await original.PassUpAsync(cancellationToken);
        var step = steps[index];
        var caller = Current;
        var wasPassedUp = false;
        Current = step.Module;
        try
        {
            var result = await step.Answer(call.WithPrevious(PassUp), cancellationToken);
            if (result is null) return Failed(step.Module, "answered with nothing");
            // One who does not know the command and does not pass it on either has not ended its way.
            return result.IsHandled || wasPassedUp ? result : await RunAsync(call, index + 1, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            logger.LogError(e, "Module {Module} failed to answer the command {Command}", step.Module.Name, Settings.ValueText.Quoted(call.Name));
            return Failed(step.Module, "failed; the server's log tells why");
        }
        finally
        {
            Current = caller;
        }

        ValueTask<CommandResult> PassUp(CommandCall passed, CancellationToken token)
        {
            wasPassedUp = true;
            return RunAsync(passed, index + 1, token);
        }
    }

    private static CommandResult Failed(RunningModule module, string what) =>
        CommandResult.Error(FailedCode, $"Module {module.Name} {what}.");
}
