using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Tapedeck.S3Upload;
using Tapedeck.Steps;

namespace Tapedeck.UploadBench;

/// <summary>The process that uploads and is killed: a plain queue of steps, each tried until it is done.</summary>
internal static class Uploader
{
    public static S3UploadModule Module(Options options) => new(
        new S3UploadOptions
        {
            Endpoint = options.Get("endpoint", ""), BucketName = options.Get("bucket", ""), AccessKey = SwiftServer.AccessKey, SecretKey = SwiftServer.SecretKey,
            PartBytes = options.Get("part", 8 << 20), DeleteOriginalFiles = options.Get("delete", "false") == "true", StallTimeout = TimeSpan.FromSeconds(120),
        },
        TimeProvider.System,
        NullLogger<S3UploadModule>.Instance);

    /// <summary>Uploads files 0 to N-1 of a folder; what is done has a mark in the state folder.</summary>
    public static async Task<int> AllAsync(Options options)
    {
        var (folder, state) = (options.Get("folder", ""), options.Get("state", ""));
        await using var module = Module(options);
        var attempts = 0;
        await Parallel.ForAsync(0, options.Get("files", 0), new ParallelOptions { MaxDegreeOfParallelism = options.Get("concurrency", 8) }, async (i, token) =>
        {
            var mark = Path.Combine(state, Text(i) + ".done");
            if (File.Exists(mark))
                return;
            while (true)
            {
                var step = new KeptStep(Path.Combine(folder, Text(i) + ".mp4"), store: Path.Combine(state, Text(i) + ".json"), id: Id(i));
                Interlocked.Increment(ref attempts);
                var result = await module.RunStepAsync(step, token);
                if (result.Outcome == StepOutcome.Done)
                    break;
                if (result.Outcome == StepOutcome.Failed)
                    throw new InvalidOperationException($"{i}: {result.Detail}");
            }

            await File.WriteAllTextAsync(mark, "", token);
        });
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"attempts {attempts}"));
        return 0;
    }

    public static string Text(int file) => file.ToString("00000", CultureInfo.InvariantCulture);

    private static Guid Id(int file) => new(file + 1, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8]);
}
