using Tapedeck.Applications;
using Tapedeck.Engine.Catalog;
using Tapedeck.Engine.Steps;
using Tapedeck.Host.Instances;
using Tapedeck.Steps;

namespace Tapedeck.Host.Steps;

/// <summary>Finds the instance, started when it must be, that carries out a step.</summary>
internal sealed class HostSteps(IApplications applications) : IStepExecutors
{
    public async ValueTask<StepExecutor> FindAsync(StepLane lane, CancellationToken cancellationToken)
    {
        try
        {
            return await applications.GetInstanceAsync(lane.Application, lane.Instance, cancellationToken) is ApplicationInstance instance
                ? instance.Steps.Find(lane.Kind)
                : throw new StepException($"there is no application {lane.Application} now; they go on after a start with that application, or cancel them (tapedeck steps cancel)");
        }
        catch (ApplicationUnavailableException e)
        {
            throw new StepException(e.Message, e);
        }
    }

    /// <summary>What an instance wants done; null when there is no such application now.</summary>
    public async ValueTask<StepPlan?> PlanAsync(StreamAddress address, CancellationToken cancellationToken)
    {
        try
        {
            return (await applications.GetInstanceAsync(address.Application, address.Instance, cancellationToken) as ApplicationInstance)?.Steps.Plan;
        }
        catch (ApplicationUnavailableException)
        {
            return null;
        }
    }
}
