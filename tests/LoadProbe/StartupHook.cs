using Tapedeck.LoadProbe;

/// <summary>
/// The runtime calls this before the program it starts, when DOTNET_STARTUP_HOOKS names this assembly: so the load tool sees into the collector of a
/// host that knows nothing of it. (The runtime wants this name, in no namespace.)
/// </summary>
internal static class StartupHook
{
    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(ProbeLines.Variable) is { Length: > 0 } path)
            Probe.Start(path);
    }
}
