using System.CommandLine;
using System.Runtime.InteropServices;
using Tapedeck.Host.Logging;
using Tapedeck.Host.Settings;
using Tapedeck.Plugins;

namespace Tapedeck.Host.Commands;

/// <summary><c>tapedeck run</c>: serves until SIGTERM or Ctrl-C.</summary>
internal static class RunCommand
{
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(30);

    /// <param name="home">Option <c>--home</c>.</param>
    /// <param name="set">Option <c>--set</c>.</param>
    /// <param name="servers">Adds the servers to a host: the parts list of Program.cs.</param>
    public static Command Create(Option<string?> home, Option<string[]> set, ServerList servers)
    {
        var command = new Command("run", "Serves the applications of a home until Ctrl-C or SIGTERM.") { home, set };
        command.SetAction((result, _) => RunAsync(
            Home.Locate(result.GetValue(home), Environment.CurrentDirectory, AppContext.BaseDirectory),
            result.GetValue(set) ?? [],
            servers));
        return command;
    }

    private static async Task<int> RunAsync(Home home, string[] set, ServerList servers)
    {
        var settings = SettingsLoader.Load(home.ConfFile, set, Environment.GetEnvironmentVariables());
        var log = settings.Bind<LogOptions>("log");
        var options = HostOptions.Bind(settings);
        var make = servers.Bind(settings);
        if (Terminal.Show(settings.Finish()))
            return ExitCode.Configuration;

        using var loggers = log.Create(home.Logs);
        using var stop = new StopSignal();
        MediaHost made;
        try
        {
            made = await MediaHost.CreateAsync(home, options, TimeProvider.System, loggers);
        }
        catch (ServerStartException e)
        {
            Terminal.Error(e.Message);
            return ExitCode.CannotListen;
        }

        await using var host = made;
        foreach (var server in make)
            host.Add(server(host.Applications, TimeProvider.System, loggers));
        try
        {
            await host.StartAsync(stop.Token);
        }
        catch (ServerStartException e)
        {
            await StopAsync(host);
            Terminal.Error(e.Message);
            return ExitCode.CannotListen;
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            await StopAsync(host);
            return ExitCode.Success;
        }

        Terminal.Out("tapedeck ready");
        await stop.Requested;
        await StopAsync(host);
        return ExitCode.Success;
    }

    private static async Task StopAsync(MediaHost host)
    {
        using var patience = new CancellationTokenSource(StopPatience);
        try
        {
            await host.StopAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            Terminal.Error($"Some connections or files could not be closed within {StopPatience.TotalSeconds:0} s; recordings stay playable.");
        }
    }

    /// <summary>Ctrl-C and SIGTERM ask to stop; a second one is left to the system and ends the process at once.</summary>
    private sealed class StopSignal : IDisposable
    {
        private readonly CancellationTokenSource _source = new();
        private readonly TaskCompletionSource _requested = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly PosixSignalRegistration[] _registrations;

        public StopSignal() =>
            _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop), PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop)];

        public CancellationToken Token => _source.Token;

        public Task Requested => _requested.Task;

        public void Dispose()
        {
            foreach (var registration in _registrations)
                registration.Dispose();
            _source.Dispose();
        }

        private void Stop(PosixSignalContext context)
        {
            context.Cancel = _requested.TrySetResult();
            if (context.Cancel)
                _source.Cancel();
        }
    }
}
