using PrivateDependency;
using Tapedeck.Modules;

namespace ProbeTwo;

public sealed class ProbeTwoModule : IModule
{
    [Command("dependencyTwo")]
    public ValueTask<CommandResult> DependencyVersion(CommandCall call, CancellationToken cancellationToken) => new(CommandResult.Ok(Dependency.Version));
}
