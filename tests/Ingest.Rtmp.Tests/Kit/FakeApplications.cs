using Tapedeck.Applications;

namespace Tapedeck.Ingest.Rtmp.Tests.Kit;

/// <summary>Applications by name; every instance name leads to the same instance.</summary>
internal sealed class FakeApplications : IApplications
{
    public Dictionary<string, FakeInstance> Known { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>What was asked for: application and instance.</summary>
    public List<string> Asked { get; } = [];

    public string? Unavailable { get; set; }

    public Func<Task> Starting { get; set; } = () => Task.CompletedTask;

    public async ValueTask<IApplicationInstance?> GetInstanceAsync(string application, string instance, CancellationToken cancellationToken)
    {
        lock (Asked)
            Asked.Add($"{application}/{instance}");
        await Starting();
        if (Unavailable is { } why)
            throw new ApplicationUnavailableException(why);
        return Known.GetValueOrDefault(application);
    }
}
