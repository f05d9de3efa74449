using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Tapedeck.Host.Applications;

/// <summary>Limits of all applications; section <c>applications</c>.</summary>
internal sealed record ApplicationsOptions
{
    [Description("Instances that one application may have at the same time. Clients choose their names. [instances]")]
    [Range(1, 100_000)]
    public int MaximumInstances { get; init; } = 100;
}
