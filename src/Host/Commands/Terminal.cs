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

    /// <summary>Shows how far long work has come, on a terminal only.</summary>
    public static void Progress(string what, long done, long all)
    {
        if (Console.IsErrorRedirected || all < 100 || done % 50 != 0)
            return;
        const int Width = 30;
        var filled = (int)(Width * done / all);
        Console.Error.Write($"\r{what} [{new string('#', filled)}{new string('.', Width - filled)}] {done}/{all} ");
    }

    /// <summary>True when there were errors.</summary>
    public static bool Show(IReadOnlyList<ConfigurationError> errors)
    {
        foreach (var error in errors)
            Error(error.ToString());
        return errors.Count > 0;
    }
}
