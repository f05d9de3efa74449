using System.Reflection;
using Tapedeck.Modules;

namespace Tapedeck.Host.Modules;

/// <summary>What a module really does: methods that it leaves to the interface's default are never called.</summary>
[Flags]
internal enum ModuleAbilities
{
    None = 0,
    AppStart = 1 << 0,
    AppStop = 1 << 1,
    Connecting = 1 << 2,
    Connected = 1 << 3,
    Disconnected = 1 << 4,
    Publishing = 1 << 5,
    Playing = 1 << 6,
    StreamStarted = 1 << 7,
    StreamEnded = 1 << 8,
    RecordingStarting = 1 << 9,
    RecordingStarted = 1 << 10,
    FileClosed = 1 << 11,
    RecordingEnded = 1 << 12,
    Call = 1 << 13,

    /// <summary>What others wait for: a module that is missing here cannot be passed over.</summary>
    Deciding = Connecting | Publishing | Playing | RecordingStarting,
}

internal static class ModuleReflection
{
    private static readonly (Type Interface, string Method, ModuleAbilities Ability)[] Methods =
    [
        (typeof(IModuleOnApp), nameof(IModuleOnApp.OnAppStartAsync), ModuleAbilities.AppStart),
        (typeof(IModuleOnApp), nameof(IModuleOnApp.OnAppStopAsync), ModuleAbilities.AppStop),
        (typeof(IModuleOnConnect), nameof(IModuleOnConnect.OnConnectingAsync), ModuleAbilities.Connecting),
        (typeof(IModuleOnConnect), nameof(IModuleOnConnect.OnConnectedAsync), ModuleAbilities.Connected),
        (typeof(IModuleOnConnect), nameof(IModuleOnConnect.OnDisconnectedAsync), ModuleAbilities.Disconnected),
        (typeof(IModuleOnStream), nameof(IModuleOnStream.OnPublishingAsync), ModuleAbilities.Publishing),
        (typeof(IModuleOnStream), nameof(IModuleOnStream.OnPlayingAsync), ModuleAbilities.Playing),
        (typeof(IModuleOnStream), nameof(IModuleOnStream.OnStreamStartedAsync), ModuleAbilities.StreamStarted),
        (typeof(IModuleOnStream), nameof(IModuleOnStream.OnStreamEndedAsync), ModuleAbilities.StreamEnded),
        (typeof(IModuleOnRecording), nameof(IModuleOnRecording.OnRecordingStartingAsync), ModuleAbilities.RecordingStarting),
        (typeof(IModuleOnRecording), nameof(IModuleOnRecording.OnRecordingStartedAsync), ModuleAbilities.RecordingStarted),
        (typeof(IModuleOnRecording), nameof(IModuleOnRecording.OnFileClosedAsync), ModuleAbilities.FileClosed),
        (typeof(IModuleOnRecording), nameof(IModuleOnRecording.OnRecordingEndedAsync), ModuleAbilities.RecordingEnded),
        (typeof(IModuleOnCall), nameof(IModuleOnCall.OnCallAsync), ModuleAbilities.Call),
    ];

    public static ModuleAbilities Abilities(Type type)
    {
        var abilities = ModuleAbilities.None;
        foreach (var group in Methods.GroupBy(m => m.Interface).Where(g => g.Key.IsAssignableFrom(type)))
        {
            var map = type.GetInterfaceMap(group.Key);
            foreach (var (_, method, ability) in group)
            {
                var index = Array.FindIndex(map.InterfaceMethods, m => m.Name == method);
                if (map.TargetMethods[index].DeclaringType != group.Key) abilities |= ability;
            }
        }
        return abilities;
    }

    /// <summary>Methods marked <see cref="CommandAttribute"/>, by the names of their commands.</summary>
    /// <exception cref="InvalidOperationException">A marked method has another signature, or two have one name.</exception>
    public static Dictionary<string, CommandHandler> Commands(IModule module)
    {
        var commands = new Dictionary<string, CommandHandler>(StringComparer.Ordinal);
        foreach (var method in module.GetType().GetMethods(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
        {
            foreach (var command in method.GetCustomAttributes<CommandAttribute>())
            {
                var handler = (CommandHandler?)(method.IsStatic
                    ? Delegate.CreateDelegate(typeof(CommandHandler), method, throwOnBindFailure: false)
                    : Delegate.CreateDelegate(typeof(CommandHandler), module, method, throwOnBindFailure: false));
                if (handler is null)
                    throw new InvalidOperationException($"the method {method.Name} of command '{command.Name}' must have the form ValueTask<CommandResult> {method.Name}(CommandCall call, CancellationToken cancellationToken)");
                if (!commands.TryAdd(command.Name, handler))
                    throw new InvalidOperationException($"two methods define the command '{command.Name}'");
            }
        }
        return commands;
    }
}

internal delegate ValueTask<CommandResult> CommandHandler(CommandCall call, CancellationToken cancellationToken);
