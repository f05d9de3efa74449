using System.CommandLine;
using Tapedeck.Host.Logging;
using Tapedeck.Host.Settings;

namespace Tapedeck.Host.Commands;

/// <summary><c>tapedeck settings</c>: every setting with its value, default and meaning.</summary>
internal static class SettingsCommand
{
    public static Command Create(Option<string?> home, Option<string[]> set, ServerList servers)
    {
        var command = new Command("settings", "Lists every setting: value, where it comes from, default, unit, meaning.") { home, set };
        command.SetAction(result =>
        {
            var place = Home.Locate(result.GetValue(home), Environment.CurrentDirectory, AppContext.BaseDirectory);
            var settings = SettingsLoader.Load(place.ConfFile, result.GetValue(set) ?? [], Environment.GetEnvironmentVariables());
            settings.Bind<LogOptions>("log");
            HostOptions.Bind(settings);
            servers.Bind(settings);
            foreach (var known in settings.Known.OrderBy(k => k.Key, StringComparer.Ordinal))
            {
                Terminal.Out($"{known.Key} = {known.Value}");
                Terminal.Out($"    {known.Description}{(known.Unit.Length > 0 ? $" [{known.Unit}]" : "")}. Default: {(known.Default.Length > 0 ? known.Default : "empty")}{(known.Source == "default" ? "" : $"; set by {known.Source}")}");
            }

            return Terminal.Show(settings.Finish()) ? ExitCode.Configuration : ExitCode.Success;
        });
        return command;
    }
}
