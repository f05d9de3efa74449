using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Amazon.S3.Model;

namespace Tapedeck.UploadBench;

/// <summary>Many small files, a store that fails, an uploader that is killed; then every object is read back and held against its file.</summary>
internal static class Bench
{
    private static readonly Fault[] Harms = [Fault.Busy, Fault.Reset, Fault.Half, Fault.LostReply, Fault.Corrupt];

    public static async Task<int> RunAsync(Options options)
    {
        var (files, errors, kills) = (options.Get("files", 10_000), options.Get("errors", 30), options.Get("kills", 5));
        var root = Directory.CreateTempSubdirectory("tapedeck-uploadbench-").FullName;
        var (folder, state) = (Path.Combine(root, "files"), Path.Combine(root, "state"));
        Directory.CreateDirectory(folder);
        Directory.CreateDirectory(state);
        for (var i = 0; i < files; i++)
            await File.WriteAllBytesAsync(Path.Combine(folder, Uploader.Text(i) + ".mp4"), Content(i));

        await using var swift = await SwiftServer.StartAsync();
        var bucket = await swift.BucketAsync();
        await using var proxy = new FaultProxy(swift.Port);
        var random = new Random(1);
        proxy.Plan = request =>
        {
            // The last harm needs a body.
            lock (random)
                return random.Next(100) < errors ? Harms[random.Next(request.Method == "PUT" ? Harms.Length : Harms.Length - 1)] : Fault.None;
        };

        var begun = Stopwatch.GetTimestamp();
        var limit = TimeSpan.FromSeconds(options.Get("seconds", 300));
        var killed = 0;
        while (true)
        {
            using var uploader = Start(options, proxy.Endpoint, bucket, folder, state, files);
            // Killed when another sixth of the files or of the time is done.
            var (next, then) = (files * (killed + 1) / (kills + 1), limit * (killed + 1) / (kills + 1));
            while (!uploader.HasExited && (killed == kills || (Done(state) < next && Stopwatch.GetElapsedTime(begun) < then)) && Stopwatch.GetElapsedTime(begun) < limit)
                await Task.WhenAny(uploader.WaitForExitAsync(), Task.Delay(100));

            if (uploader.HasExited)
            {
                if (uploader.ExitCode != 0)
                {
                    await Console.Error.WriteLineAsync($"The uploader ended with {uploader.ExitCode}.");
                    return 1;
                }

                break;
            }

            uploader.Kill();
            await uploader.WaitForExitAsync();
            if (Stopwatch.GetElapsedTime(begun) >= limit)
                break;
            killed++;
        }

        var took = Stopwatch.GetElapsedTime(begun);
        var verdict = await JudgeAsync(swift, proxy, bucket, folder, state, files, killed, took);
        Directory.Delete(root, recursive: true);
        return verdict;
    }

    private static async Task<int> JudgeAsync(SwiftServer swift, FaultProxy proxy, string bucket, string folder, string state, int files, int killed, TimeSpan took)
    {
        using var client = swift.Client();
        var objects = new Dictionary<string, long>(StringComparer.Ordinal);
        await foreach (var found in client.Paginators.ListObjectsV2(new ListObjectsV2Request { BucketName = bucket }).S3Objects)
            objects[found.Key] = found.Size ?? -1;
        int done = 0, wrong = 0, missing = 0, early = 0, left = 0;
        await Parallel.ForAsync(0, files, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, token) =>
        {
            var isDone = File.Exists(Path.Combine(state, Uploader.Text(i) + ".done"));
            var isLocal = File.Exists(Path.Combine(folder, Uploader.Text(i) + ".mp4"));
            if (isDone)
                Interlocked.Increment(ref done);
            if (isDone && isLocal)
                Interlocked.Increment(ref left);
            if (!objects.ContainsKey(Uploader.Text(i) + ".mp4"))
            {
                if (isDone)
                    Interlocked.Increment(ref missing);
                if (!isLocal)
                    Interlocked.Increment(ref early);
                return;
            }

            using var answer = await client.GetObjectAsync(bucket, Uploader.Text(i) + ".mp4", token);
            var hash = await SHA256.HashDataAsync(answer.ResponseStream, token);
            if (!hash.AsSpan().SequenceEqual(SHA256.HashData(Content(i))))
                Interlocked.Increment(ref wrong);
        });
        var requests = proxy.Requests;
        var harmed = requests.Count(r => r.Fault != Fault.None);
        var extra = objects.Keys.Count(k => !int.TryParse(Path.GetFileNameWithoutExtension(k), NumberStyles.None, CultureInfo.InvariantCulture, out _));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{done} of {files} files done in {took.TotalSeconds:0} s ({done / took.TotalSeconds:0.0}/s), uploader killed {killed} times; {requests.Count} requests, {harmed} harmed ({100.0 * harmed / Math.Max(1, requests.Count):0} %)"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"objects {objects.Count}: wrong {wrong}, missing {missing}, more than asked for {extra}; local files deleted too early {early}, left behind {left}"));
        return wrong + missing + early + extra + left == 0 ? 0 : 1;
    }

    private static Process Start(Options options, string endpoint, string bucket, string folder, string state, int files) => Process.Start(new ProcessStartInfo(
        Environment.ProcessPath!,
        [
            .. Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? new[] { typeof(Bench).Assembly.Location } : [],
            "all", "--endpoint", endpoint, "--bucket", bucket, "--folder", folder, "--state", state, "--files", files.ToString(CultureInfo.InvariantCulture),
            "--concurrency", options.Get("concurrency", "8"), "--delete", "true",
        ]))!;

    private static int Done(string state) => Directory.EnumerateFiles(state, "*.done").Count();

    /// <summary>Every file has bytes and a size of its own.</summary>
    private static byte[] Content(int file)
    {
        var content = new byte[1000 + (file * 7919 % 30_000)];
        new Random(file).NextBytes(content);
        return content;
    }
}
