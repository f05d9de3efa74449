using System.Globalization;
using Microsoft.Extensions.Logging;
using Tapedeck.Modules;
using Tapedeck.Recordings;
using Tapedeck.Streams;

namespace Tapedeck.LoadModule;

/// <summary>What an application sets by its property <c>manyRecordingsCount</c>.</summary>
[ModuleOptions("manyRecordings")]
public sealed class ManyRecordingsOptions
{
    /// <summary>Recordings of each stream.</summary>
    public int Count { get; set; } = 1;
}

/// <summary>Records every stream of its application many times at once, for the load tool.</summary>
public sealed class ManyRecordings(ManyRecordingsOptions options, IRecorder recorder, ILogger<ManyRecordings> logger) : IModuleOnStream
{
    /// <summary>Begins them all; the load tool waits for the line before it sends media.</summary>
    public async ValueTask OnStreamStartedAsync(ILiveStream stream, CancellationToken cancellationToken)
    {
        for (var i = 0; i < options.Count; i++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"{stream.Name}-{i:000}");
            _ = await recorder.StartAsync(stream, recorder.Defaults with { FileName = name }, cancellationToken);
        }

        logger.LogInformation("{Stream}: a module records it {Count} times", stream.Name, options.Count);
    }
}
