using Tapedeck.Host.Settings;

namespace Tapedeck.Host.Commands;

/// <summary>What the process ends with.</summary>
internal static class ExitCode
{
    public const int Success = 0;
    public const int Failure = 1;
    public const int Configuration = 2;
    public const int CannotListen = 3;
}

/// <summary>The one place that writes to the console besides the log.</summary>
internal static class Terminal
{
    public static void Out(string line) => Console.Out.WriteLine(line);

    public static void Error(string line) => Console.Error.WriteLine(line);

    /// <summary>True when there were errors.</summary>
    public static bool Show(IReadOnlyList<ConfigurationError> errors)
    {
        foreach (var error in errors)
            Error(error.ToString());
        return errors.Count > 0;
    }
}
