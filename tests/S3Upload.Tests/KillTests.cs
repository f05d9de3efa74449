using System.Diagnostics;
using Tapedeck.UploadBench;

namespace Tapedeck.S3Upload.Tests;

/// <summary>A process that uploads is killed, again and again, and started again with what it had kept.</summary>
[Collection(SwiftCollection.Name)]
public sealed class KillTests(SwiftFixture swift) : StoreTest(swift)
{
    private const int Part = 64 << 10;
    private const int Parts = 8;

    [Fact]
    public async Task Killed_at_any_point_an_upload_goes_on_and_no_finished_part_is_sent_again()
    {
        var path = MakeFile("cam.mp4", (Parts * Part) - 5);
        var id = Guid.NewGuid();
        var random = new Random();
        var seed = random.Next();
        random = new Random(seed);
        var kills = 0;
        int? exit = null;
        while (exit is null)
        {
            Process? child = null;
            if (kills < 4)
            {
                // Some requests after its start: when a head arrives, or when the store has answered and the child does not know it yet.
                var left = random.Next(2, 7);
                var isAfter = random.Next(2) == 0;
                void Kill()
                {
                    if (Interlocked.Decrement(ref left) == 0)
                        child!.Kill();
                }

                Proxy.Plan = _ =>
                {
                    if (!isAfter)
                        Kill();
                    return Fault.None;
                };
                Proxy.Answered = _ =>
                {
                    if (isAfter)
                        Kill();
                };
            }
            else
            {
                (Proxy.Plan, Proxy.Answered) = (_ => Fault.None, null);
            }

            child = Start(path, id);
            using (child)
            {
                using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
                var said = await child.StandardOutput.ReadToEndAsync(patience.Token);
                await child.WaitForExitAsync(patience.Token);
                if (child.ExitCode == 137)
                    kills++;
                else
                    (exit = child.ExitCode).ShouldBe(0, $"seed {seed}: {said}");
            }
        }

        kills.ShouldBeGreaterThan(0);
        await MustHoldAsync("cam.mp4", path);
        (await KeysAsync()).ShouldBe(["cam.mp4"]);
        Proxy.Requests.Where(r => r.IsPart && r.Status == 200).Select(FaultTests.PartOf).Order().ShouldBe(Enumerable.Range(1, Parts), $"seed {seed}");
    }

    private Process Start(string path, Guid id) => Process.Start(new ProcessStartInfo("dotnet",
    [
        typeof(KeptStep).Assembly.Location, "one", "--endpoint", Proxy.Endpoint, "--bucket", Bucket, "--file", path, "--progress", Path.Combine(Folder, "progress.json"),
        "--id", id.ToString(), "--part", "65536",
    ]) { RedirectStandardOutput = true })!;
}
