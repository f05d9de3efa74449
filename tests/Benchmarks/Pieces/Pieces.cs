using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace Tapedeck.Benchmarks;

/// <summary>
/// Single pieces of a frame's way, by BenchmarkDotNet: time and what is allocated. In this process: its own would build a project for each of
/// them, which takes longer than the measurement; nothing here depends on how the process is set up.
/// </summary>
internal static class Pieces
{
    public static void Run(TextWriter report)
    {
        var job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithWarmupCount(3).WithIterationCount(5).WithIterationTime(TimeInterval.FromMilliseconds(250));
        var folder = Directory.CreateTempSubdirectory("tapedeck-pieces-").FullName;
        var config = ManualConfig.CreateEmpty().AddJob(job).AddDiagnoser(MemoryDiagnoser.Default).AddLogger(NullLogger.Instance).AddColumnProvider(DefaultColumnProviders.Instance).WithArtifactsPath(folder);
        report.WriteLine("| piece | ns | ± | allocated bytes |");
        report.WriteLine("| --- | ---: | ---: | ---: |");
        try
        {
            foreach (var type in new[] { typeof(ProtocolPieces), typeof(StreamPieces), typeof(ContainerPieces), typeof(HostPieces) })
            {
                var summary = BenchmarkRunner.Run(type, config);
                if (summary.HasCriticalValidationErrors || summary.Reports.Any(r => !r.Success))
                    throw new InvalidOperationException($"{type.Name} cannot be measured: {string.Join("; ", summary.ValidationErrors.Select(e => e.Message))}");
                foreach (var one in summary.Reports)
                {
                    report.WriteLine(string.Create(
                        CultureInfo.InvariantCulture,
                        $"| {one.BenchmarkCase.Descriptor.WorkloadMethodDisplayInfo.Trim('\'')} | {one.ResultStatistics!.Mean:0} | {one.ResultStatistics.StandardDeviation:0} | {one.GcStats.GetBytesAllocatedPerOperation(one.BenchmarkCase)} |"));
                }
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
