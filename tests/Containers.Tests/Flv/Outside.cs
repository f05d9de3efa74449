using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Tapedeck.Containers.Tests.Flv;

/// <summary>Real files: the folder TAPEDECK_SAMPLES, or shared/samples/real beside a folder above the test binaries or the sources.</summary>
internal static class Samples
{
    public static string? Folder { get; } = Find();

    public static byte[] Read(string name) => File.ReadAllBytes(Path.Combine(Folder!, name));

    private static string? Find([CallerFilePath] string source = "")
    {
        if (Environment.GetEnvironmentVariable("TAPEDECK_SAMPLES") is { Length: > 0 } named)
            return Directory.Exists(named) ? named : throw new DirectoryNotFoundException($"TAPEDECK_SAMPLES names {named}, which is not there.");
        foreach (var start in new[] { AppContext.BaseDirectory, Path.GetDirectoryName(source) })
        {
            for (var folder = start; folder is not null; folder = Path.GetDirectoryName(folder))
            {
                var candidate = Path.Combine(folder, "shared", "samples", "real");
                if (Directory.Exists(candidate))
                    return candidate;
            }
        }

        return null;
    }
}

/// <summary>A test on real files; reported as skipped, with the reason, where they are not.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SampleTheoryAttribute : TheoryAttribute
{
    public SampleTheoryAttribute(params string[] tools)
    {
        if (Samples.Folder is null)
            Skip = "No real files: set TAPEDECK_SAMPLES to their folder.";
        else if (tools.FirstOrDefault(tool => !Tool.Exists(tool)) is { } missing)
            Skip = $"{missing} is not on the PATH.";
    }
}

/// <summary>A test that needs programs; reported as skipped, with the reason, where they are not.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ToolFactAttribute : FactAttribute
{
    public ToolFactAttribute(params string[] tools)
    {
        if (tools.FirstOrDefault(tool => !Tool.Exists(tool)) is { } missing)
            Skip = $"{missing} is not on the PATH.";
    }
}

/// <summary>Runs a program that judges a file.</summary>
internal static class Tool
{
    public static bool Exists(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, name)));

    /// <summary>What it printed, on either stream.</summary>
    public static string Run(string name, params string[] arguments)
    {
        var start = new ProcessStartInfo(name) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output + error.GetAwaiter().GetResult();
    }

    /// <summary>Hands the bytes to a test as a file.</summary>
    public static T WithFile<T>(byte[] bytes, Func<string, T> use)
    {
        var path = Path.Combine(Path.GetTempPath(), $"tapedeck-{Guid.NewGuid():N}.flv");
        File.WriteAllBytes(path, bytes);
        try
        {
            return use(path);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
