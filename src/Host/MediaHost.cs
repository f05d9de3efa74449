using Microsoft.Extensions.Logging;
using Tapedeck.Applications;
using Tapedeck.Engine.Recording;
using Tapedeck.Engine.Streams;
using Tapedeck.Host.Applications;
using Tapedeck.Host.Instances;
using Tapedeck.Host.Modules;
using Tapedeck.Host.Plugins;
using Tapedeck.Host.Settings;
using Tapedeck.Plugins;

namespace Tapedeck.Host;

/// <summary>The settings that the host itself reads; each server binds its own section.</summary>
internal sealed record HostOptions(
    ApplicationsOptions Applications,
    ModulesOptions Modules,
    PluginsOptions Plugins,
    StreamOptions Streams,
    RecordingSettings Recording)
{
    public static HostOptions Bind(SettingsSource settings) => new(
        settings.Bind<ApplicationsOptions>("applications"),
        settings.Bind<ModulesOptions>("modules"),
        settings.Bind<PluginsOptions>("plugins"),
        settings.Bind<StreamOptions>("streams"),
        settings.Bind<RecordingSettings>("recording"));
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

    public MediaHost(Home home, HostOptions options, TimeProvider time, ILoggerFactory loggers)
    {
        _home = home;
        _logger = loggers.CreateLogger<MediaHost>();
        _catalog = ApplicationCatalog.Load(home, _logger);
        _plugins = PluginCatalog.Scan(home.PluginFolders, options.Plugins, _logger);
        _volumes = new VolumeSet(options.Recording);
        var parts = new HostParts(
            options.Streams, options.Recording, options.Modules, _plugins, new SlabPool(), new FileClaims(), _volumes, time, loggers);
        _applications = new RunningApplications(
            _catalog,
            options.Applications,
            (model, name, cancellationToken) => StartInstanceAsync(model, name, parts, cancellationToken),
            _logger);
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
        foreach (var model in _catalog.Served)
            await StartApplicationAsync(model, cancellationToken);
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
        foreach (var instance in await _applications.CloseAsync())
            await ((ApplicationInstance)instance).StopAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
            await server.DisposeAsync();
        _volumes.Dispose();
        _applications.Dispose();
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

    [LoggerMessage(LogLevel.Information, "Home {Home}. {Notice}")]
    private static partial void LogHome(ILogger logger, string home, string notice);

    [LoggerMessage(LogLevel.Information, "Listening on {Address}")]
    private static partial void LogListening(ILogger logger, string address);

    [LoggerMessage(LogLevel.Information, "Application {Application}: {StreamType}; modules: {Modules}; recordings go to {Folder}")]
    private static partial void LogApplication(ILogger logger, string application, string streamType, string modules, string folder);

    [LoggerMessage(LogLevel.Error, "Application {Application} is not running: {Reason}")]
    private static partial void LogApplicationFailed(ILogger logger, string application, string reason);
}
