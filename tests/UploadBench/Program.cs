using Tapedeck.Steps;
using Tapedeck.UploadBench;

// bench: uploads many small files to a real store through a proxy that harms requests, killing the uploader now and then.
// one:   uploads one file in one attempt, with its progress in a file; tests kill it.
// all:   the uploader of bench.
var options = new Options(args);
switch (args.FirstOrDefault())
{
    case "bench":
        return await Bench.RunAsync(options);
    case "one":
        await using (var module = Uploader.Module(options))
        {
            var step = new KeptStep(options.Get("file", ""), store: options.Get("progress", ""), id: Guid.Parse(options.Get("id", "")));
            var result = await module.RunStepAsync(step, CancellationToken.None);
            await Console.Out.WriteLineAsync($"{result.Outcome}: {result.Detail}");
            return result.Outcome == StepOutcome.Done ? 0 : 1;
        }

    case "all":
        return await Uploader.AllAsync(options);
    default:
        await Console.Error.WriteLineAsync("Usage: UploadBench bench [--files 10000] [--errors 30] [--kills 5] [--concurrency 8] [--seconds 300]");
        return 2;
}
