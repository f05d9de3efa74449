using Microsoft.Extensions.Logging;
using Tapedeck.Engine.Catalog;
using Tapedeck.Engine.Recording;
using Tapedeck.Host.Applications;
using Tapedeck.Host.Instances;

namespace Tapedeck.Host;

/// <summary>In the background: counts what recordings take for those who have a quota, and removes what retention wants gone.</summary>
internal sealed partial class StorageKeeper(ApplicationCatalog applications, RecordingCatalog catalog, Retention retention, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    /// <summary>What retention is about for an application.</summary>
    public static RetentionScope ScopeOf(ApplicationModel model) => new(model.Name, model.Storage.Resolve, model.Retention);

    /// <summary>Goes round until the host stops.</summary>
    public async Task RunAsync(Func<IEnumerable<ApplicationInstance>> instances, CancellationToken cancellationToken)
    {
        if (!applications.Served.Any(a => a.StoragePolicy.Quota is not null || a.Retention.Removes))
            return;
        await Task.Yield();
        while (!cancellationToken.IsCancellationRequested)
        {
            foreach (var model in applications.Served)
                await KeepAsync(model, instances, cancellationToken);
            await Task.Delay(Interval, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task KeepAsync(ApplicationModel model, Func<IEnumerable<ApplicationInstance>> instances, CancellationToken cancellationToken)
    {
        try
        {
            if (model.Retention.Removes)
            {
                var scope = ScopeOf(model);
                // A disk may take its time, and must take it from nobody else.
                await Task.Run(() => RemoveAsync(scope, cancellationToken), cancellationToken);
            }

            if (model.StoragePolicy.Quota is null)
                return;
            var bytes = await catalog.BytesOfAsync(model.Name, cancellationToken);
            foreach (var instance in instances().Where(i => i.Application == model.Name))
                instance.CountStorage(bytes);
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
        catch (Exception e) when (e is CatalogException or IOException or UnauthorizedAccessException)
        {
            LogFailed(logger, model.Name, e.Message);
        }
    }

    private async Task RemoveAsync(RetentionScope scope, CancellationToken cancellationToken)
    {
        await retention.ResumeAsync(scope, cancellationToken);
        foreach (var removal in await retention.PlanAsync(scope, cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            await retention.RemoveAsync(removal);
        }
    }

    [LoggerMessage(LogLevel.Error, "The recordings of {Application} cannot be kept in bounds now: {Reason}")]
    private static partial void LogFailed(ILogger logger, string application, string reason);
}
