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
    /// <summary>Where the terminal does not say how wide it is.</summary>
    private const int UsualColumns = 80;
    private static ProgressBar? s_bar;

    public static void Out(string line)
    {
        s_bar?.Clear();
        Console.Out.WriteLine(line);
    }

    public static void Error(string line)
    {
        s_bar?.Clear();
        Console.Error.WriteLine(line);
    }

    /// <summary>A bar for long work, on the error stream; null where that is no terminal. One at a time; <see cref="EndProgress"/> takes it away.</summary>
    public static ProgressBar? Progress(string what, long totalBytes, long totalFiles)
    {
        if (Console.IsErrorRedirected)
            return null;
        return s_bar = new ProgressBar(what, totalBytes, totalFiles, Columns(), Console.Error, TimeProvider.System);
    }

    /// <summary>The long work is over.</summary>
    public static void EndProgress()
    {
        s_bar?.Clear();
        s_bar = null;
    }

    /// <summary>True when there were errors.</summary>
    public static bool Show(IReadOnlyList<ConfigurationError> errors)
    {
        foreach (var error in errors)
            Error(error.ToString());
        return errors.Count > 0;
    }

    private static int Columns()
    {
        try
        {
            return Console.WindowWidth > 0 ? Console.WindowWidth : UsualColumns;
        }
        catch (IOException)
        {
            return UsualColumns;
        }
    }
}
