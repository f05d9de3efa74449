using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using Tapedeck.Engine.Naming;
using Tapedeck.Host.Applications;
using Tapedeck.Host.Modules;
using Tapedeck.Host.Settings;
using Tapedeck.Modules;
using Tapedeck.Streams;

namespace Tapedeck.Benchmarks;

/// <summary>What a recording costs before its first frame.</summary>
public class HostPieces
{
    private const int Modules = 10;
    private readonly ModuleHost _modules;
    private readonly PublishRequest _request = new() { Client = new Nobody(), StreamName = "cam" };
    private readonly NameTemplate _template = NameTemplate.Parse("{startTime@Europe/Berlin:yyyy/MM/dd}/{stream}_{segmentTime:HHmmss}_{label:room}_{sequence:000}");
    private readonly NameValues _values = new()
    {
        Stream = "hall/cam 1",
        StartTime = new DateTimeOffset(2026, 5, 12, 22, 8, 10, 645, TimeSpan.Zero),
        SegmentTime = new DateTimeOffset(2026, 5, 12, 23, 0, 0, TimeSpan.Zero),
        Sequence = 7,
        Labels = new Dictionary<string, string> { ["room"] = "3" },
    };

    public HostPieces()
    {
        var loaded = Enumerable.Range(0, Modules).Select(i => new LoadedModule(
            new ModuleEntry($"m{i}", "", typeof(Allowing).FullName!, new SourceLocation("bench", 1, 1)), new Allowing(), null, null));
        _modules = new ModuleHost(loaded, "bench/_definst_", new ModulesOptions(), TimeProvider.System, NullLogger.Instance);
        _modules.StartAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult(); // a constructor cannot wait
    }

    /// <summary>A folder for each day, times in a zone, a label.</summary>
    [Benchmark(Description = "name template: a name")]
    public string Name() => _template.Format(_values);

    /// <summary>Whether a client may publish: each is asked, and each allows it at once.</summary>
    [Benchmark(Description = "decide through 10 modules")]
    public async Task<Decision> Decide() => await _modules.DecidePublishAsync(_request, CancellationToken.None);

    private sealed class Allowing : IModuleOnStream
    {
        public ValueTask<Decision> OnPublishingAsync(PublishRequest request, CancellationToken cancellationToken) => new(Decision.Allow);
    }
}
