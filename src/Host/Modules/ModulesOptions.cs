using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Tapedeck.Host.Modules;

/// <summary>How much time and room modules get; section <c>modules</c>.</summary>
internal sealed record ModulesOptions
{
    [Description("How long a module may take to allow or refuse a connection, stream or recording; after that it is refused.")]
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan DecideTimeout { get; init; } = TimeSpan.FromSeconds(5);

    [Description("How long modules may take to answer a client's command.")]
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    [Description("How long a module may take to start with its application instance; after that it counts as failed.")]
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(30);

    [Description("How long a stopping module may take for each of: what is left in its queue, its stop, its disposal.")]
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(5);

    [Description("Notices that may wait for one module; more are lost to that module and counted. [notices]")]
    [Range(1, 10_000_000)]
    public int QueueLength { get; init; } = 10_000;
}
