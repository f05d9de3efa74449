using Microsoft.Extensions.Logging;
using Tapedeck.Applications;
using Tapedeck.Engine.Catalog;
using Tapedeck.Engine.Recording;
using Tapedeck.Engine.Steps;
using Tapedeck.Engine.Streams;
using Tapedeck.Host.Applications;
using Tapedeck.Host.Instances;
using Tapedeck.Host.Modules;
using Tapedeck.Host.Plugins;
using Tapedeck.Host.Settings;
using Tapedeck.Host.Steps;
using Tapedeck.Plugins;

namespace Tapedeck.Host;

/// <summary>The settings that the host itself reads; each server binds its own section.</summary>
internal sealed record HostOptions(
    ApplicationsOptions Applications,
    ModulesOptions Modules,
    PluginsOptions Plugins,
    StreamOptions Streams,
    RecordingSettings Recording,
    CatalogSettings Catalog,
    StepSettings Steps)
{
    public static HostOptions Bind(SettingsSource settings) => new(
        settings.Bind<ApplicationsOptions>("applications"),
        settings.Bind<ModulesOptions>("modules"),
        settings.Bind<PluginsOptions>("plugins"),
        settings.Bind<StreamOptions>("streams"),
        settings.Bind<RecordingSettings>("recording"),
        settings.Bind<CatalogSettings>("catalog"),
        settings.Bind<StepSettings>("steps"));
}

/// <summary>Everything that runs: applications with their instances, and the servers that bring clients to them. Started once, stopped once.</summary>
internal sealed partial class MediaHost : IAsyncDisposable
{
    private readonly Home _home;
    private readonly ILogger _logger;
    private readonly ApplicationCatalog _catalog;
    private readonly RunningApplications _applications;
    private readonly PluginCatalog _plugins;
    private readonly VolumeSet _volumes;
    private readonly List<IServer> _servers = [];
    private readonly List<IServer> _started = [];

    private readonly FileInspector _inspector = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly RecordingCatalog _recordings;
    private readonly RecordingRecovery _recovery;
    private readonly FileStream _lock;
    private readonly StorageKeeper _keeper;
    private readonly BuiltInSteps _builtInSteps;
    private readonly StepRunner _steps;
    private Task _stepping = Task.CompletedTask;
    private Task _recovering = Task.CompletedTask;
    private Task _keeping = Task.CompletedTask;

    /// <summary>Makes a host and opens its catalog.</summary>
    /// <exception cref="ServerStartException">Another process serves this home, or the catalog cannot be used.</exception>
    public static async Task<MediaHost> CreateAsync(Home home, HostOptions options, TimeProvider time, ILoggerFactory loggers)
    {
        var held = Lock(home);
        try
        {
            var catalog = await RecordingCatalog.OpenAsync(Path.Combine(home.Data, "catalog.db"), options.Catalog, time, loggers.CreateLogger<RecordingCatalog>());
            return new MediaHost(home, options, time, loggers, held, catalog);
        }
        catch (CatalogException e)
        {
            await held.DisposeAsync();
            throw new ServerStartException($"The catalog {Path.Combine(home.Data, "catalog.db")} cannot be used: {e.Message} Move it aside to begin a new one; recordings are not touched.", e);
        }
    }

    private MediaHost(Home home, HostOptions options, TimeProvider time, ILoggerFactory loggers, FileStream held, RecordingCatalog catalog)
    {
        _lock = held;
        _recordings = catalog;
        _home = home;
        _logger = loggers.CreateLogger<MediaHost>();
        _catalog = ApplicationCatalog.Load(home, _logger);
        _plugins = PluginCatalog.Scan(home.PluginFolders, options.Plugins, _logger);
        _volumes = new VolumeSet(options.Recording, memory: new MountMemory(Path.Combine(home.Data, "mounts.json"), _logger));
        var claims = new FileClaims();
        var retention = new Retention(catalog, claims, SystemDisk.Instance, time, loggers.CreateLogger<Retention>());
        _keeper = new StorageKeeper(_catalog, catalog, retention, time, loggers.CreateLogger<StorageKeeper>());
        _builtInSteps = new BuiltInSteps(time);
        var parts = new HostParts(
            options.Streams, options.Recording, options.Modules, _plugins, new SlabPool(), claims, _volumes, catalog, _inspector, _builtInSteps, time, loggers);
        _applications = new RunningApplications(
            _catalog,
            options.Applications,
            (model, name, cancellationToken) => StartInstanceAsync(model, name, parts, cancellationToken),
            _logger);
        var steps = new HostSteps(_applications);
        _recovery = new RecordingRecovery(catalog, claims, _inspector, steps.PlanAsync, time, loggers.CreateLogger<RecordingRecovery>());
        _steps = new StepRunner(catalog, steps, new StepFiles(catalog, claims, retention), options.Steps, time, loggers.CreateLogger<StepRunner>());
    }

    /// <summary>What servers bring their clients to.</summary>
    public IApplications Applications => _applications;

    /// <summary>Adds a server; it is started with the host.</summary>
    public void Add(IServer server) => _servers.Add(server);

    /// <summary>Starts the default instance of each application, then the servers.</summary>
    /// <exception cref="ServerStartException">A server cannot listen; what was started is stopped again.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        LogHome(_logger, _home.Root, _home.ApplicationsNotice);
        _recovering = RecoverAsync();
        foreach (var model in _catalog.Served)
            await StartApplicationAsync(model, cancellationToken);
        _stepping = Task.Run(() => _steps.RunAsync(_stopping.Token), CancellationToken.None);
        _keeping = _keeper.RunAsync(() => _applications.Instances.OfType<ApplicationInstance>(), _stopping.Token);
        foreach (var server in _servers)
        {
            await server.StartAsync(cancellationToken);
            _started.Add(server);
            foreach (var address in server.Addresses)
                LogListening(_logger, address);
        }
    }

    /// <summary>Lets nobody in, ends every stream, closes every file, stops the modules.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (var server in _started)
            await server.StopAsync(cancellationToken);
        await _stopping.CancelAsync();
        await _recovering;
        await _keeping;
        await _stepping;
        foreach (var instance in await _applications.CloseAsync())
            await ((ApplicationInstance)instance).StopAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
            await server.DisposeAsync();
        await _recordings.DisposeAsync();
        _volumes.Dispose();
        _applications.Dispose();
        _inspector.Dispose();
        _builtInSteps.Dispose();
        _stopping.Dispose();
        await _lock.DisposeAsync();
    }

    /// <summary>Two hosts on one home would finish each other's recordings.</summary>
    private static FileStream Lock(Home home)
    {
        var path = Path.Combine(home.Data, "host.lock");
        try
        {
            Directory.CreateDirectory(home.Data);
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ServerStartException($"Another tapedeck serves {home.Root}, or {path} cannot be written. Stop it, or give this one another folder with --home. ({e.Message})", e);
        }
    }

    private async Task RecoverAsync()
    {
        try
        {
            await Task.Run(() => _recovery.RunAsync(_stopping.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or CatalogException)
        {
            if (e is CatalogException)
                LogRecoveryFailed(_logger, e.Message);
        }
    }

    private static async Task<IApplicationInstance> StartInstanceAsync(ApplicationModel model, string name, HostParts parts, CancellationToken cancellationToken)
    {
        var instance = new ApplicationInstance(model, name, parts);
        try
        {
            await instance.StartAsync(cancellationToken);
            return instance;
        }
        catch
        {
            // Modules that did start are stopped and unloaded again.
            await instance.StopAsync(CancellationToken.None);
            throw;
        }
    }

    private async Task StartApplicationAsync(ApplicationModel model, CancellationToken cancellationToken)
    {
        try
        {
            var instance = (ApplicationInstance)(await _applications.GetInstanceAsync(model.Name, Host.Applications.StorageDirectory.DefaultInstance, cancellationToken))!;
            var modules = instance.Modules.Count == 0 ? "no modules" : string.Join(", ", instance.Modules.Select(m => m.State == ModuleState.Faulted ? $"{m.Name} (NOT RUNNING: {m.Reason})" : m.Name));
            LogApplication(_logger, model.Name, model.StreamType.Name, modules, instance.StorageDirectory);
        }
        catch (ApplicationUnavailableException e)
        {
            LogApplicationFailed(_logger, model.Name, e.Message);
        }
    }

    [LoggerMessage(LogLevel.Error, "Recordings that were left unfinished cannot be looked at now: {Reason}")]
    private static partial void LogRecoveryFailed(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Information, "Home {Home}. {Notice}")]
    private static partial void LogHome(ILogger logger, string home, string notice);

    [LoggerMessage(LogLevel.Information, "Listening on {Address}")]
    private static partial void LogListening(ILogger logger, string address);

    [LoggerMessage(LogLevel.Information, "Application {Application}: {StreamType}; modules: {Modules}; recordings go to {Folder}")]
    private static partial void LogApplication(ILogger logger, string application, string streamType, string modules, string folder);

    [LoggerMessage(LogLevel.Error, "Application {Application} is not running: {Reason}")]
    private static partial void LogApplicationFailed(ILogger logger, string application, string reason);
}
