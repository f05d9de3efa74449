using System.ComponentModel;

namespace Tapedeck.Host.Plugins;

/// <summary>Section <c>plugins</c>.</summary>
internal sealed record PluginsOptions
{
    [Description("Names of plugins that are not to be used, without case. [plugin names]")]
    public IReadOnlyList<string> Disabled { get; init; } = [];
}
