using Microsoft.Extensions.Logging;
using Tapedeck.Applications;
using Tapedeck.Host.Settings;

namespace Tapedeck.Host.Applications;

/// <summary>
/// Starts instances when they are asked for first. One start per instance however many ask; a start that failed is tried again by the
/// next who asks. Safe for use by any thread.
/// </summary>
/// <param name="catalog">What is configured.</param>
/// <param name="options">Limits.</param>
/// <param name="start">Makes and starts an instance whose name is valid.</param>
/// <param name="logger">Told of starts that failed.</param>
internal sealed class RunningApplications(
    ApplicationCatalog catalog,
    ApplicationsOptions options,
    Func<ApplicationModel, string, CancellationToken, Task<IApplicationInstance>> start,
    ILogger logger) : IApplications, IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Application, string Instance), Task<IApplicationInstance>> _instances = [];
    private readonly List<IApplicationInstance> _running = [];
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Instances that run now.</summary>
    public IReadOnlyList<IApplicationInstance> Instances
    {
        get
        {
            lock (_lock) return [.. _running];
        }
    }

    public async ValueTask<IApplicationInstance?> GetInstanceAsync(string application, string instance, CancellationToken cancellationToken)
    {
        if (catalog.Find(application) is not { } model)
        {
            if (catalog.FindRefused(application) is not { } refused) return null;
            throw new ApplicationUnavailableException($"Application {refused.Name} has errors in its configuration; the server's log tells which.");
        }
        if (!InstanceName.TryParse(instance, out var name, out var reason)) throw new ApplicationUnavailableException(reason);
        try
        {
            return await GetOrStart(model, name).WaitAsync(cancellationToken);
        }
        catch (Exception e) when (e is not (ApplicationUnavailableException or OperationCanceledException))
        {
            throw new ApplicationUnavailableException($"Application {model.Name}/{name} cannot be started; the server's log tells why.");
        }
    }

    /// <summary>No instance is started any more; those that start are cancelled. Returns those that run, for their owner to stop.</summary>
    public async ValueTask<IReadOnlyList<IApplicationInstance>> CloseAsync()
    {
        await _stopping.CancelAsync();
        Task<IApplicationInstance>[] all;
        lock (_lock) all = [.. _instances.Values];
        await Task.WhenAll(all.Select(t => (Task)t)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return Instances;
    }

    public void Dispose() => _stopping.Dispose();

    private Task<IApplicationInstance> GetOrStart(ApplicationModel model, string name)
    {
        TaskCompletionSource<IApplicationInstance> completion;
        lock (_lock)
        {
            if (_instances.TryGetValue((model.Name, name), out var known)) return known;
            if (_stopping.IsCancellationRequested)
                throw new ApplicationUnavailableException("The server is stopping.");
            if (_instances.Keys.Count(k => k.Application == model.Name) >= options.MaximumInstances)
                throw new ApplicationUnavailableException($"Application {model.Name} has {options.MaximumInstances} instances already, which is its limit (setting applications.maximumInstances).");
            completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _instances.Add((model.Name, name), completion.Task);
        }
        // The start belongs to all who wait for it, so it does not end with the first of them.
        _ = StartAsync(model, name, completion);
        return completion.Task;
    }

    private async Task StartAsync(ApplicationModel model, string name, TaskCompletionSource<IApplicationInstance> completion)
    {
        try
        {
            var instance = await Task.Run(() => start(model, name, _stopping.Token), _stopping.Token);
            lock (_lock) _running.Add(instance);
            completion.SetResult(instance);
        }
        catch (Exception e)
        {
            logger.LogError(e, "Application {Application}/{Instance} cannot be started", model.Name, ValueText.Quoted(name));
            lock (_lock) _instances.Remove((model.Name, name));
            completion.SetException(e);
        }
    }
}
