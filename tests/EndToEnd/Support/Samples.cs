namespace Tapedeck.EndToEnd.Tests;

/// <summary>Files of real encoders, which are not part of this repository: in TAPEDECK_SAMPLES, else in a folder shared/samples/real beside the checkout.</summary>
internal static class Samples
{
    /// <summary>The folder; null when there is none.</summary>
    public static string? FindFolder()
    {
        if (Environment.GetEnvironmentVariable("TAPEDECK_SAMPLES") is { Length: > 0 } given)
            return Directory.Exists(given) ? given : throw new InvalidOperationException($"TAPEDECK_SAMPLES is '{given}', which is no folder.");
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var samples = Path.Combine(folder.FullName, "shared", "samples", "real");
            if (Directory.Exists(samples))
                return samples;
        }

        return null;
    }
}
