using Microsoft.Extensions.Logging;
using Tapedeck.Applications;
using Tapedeck.Host.Settings;
using Tapedeck.Plugins;

namespace Tapedeck.Host.Commands;

/// <summary>Makes a server that brings its clients to the applications.</summary>
internal delegate IServer ServerFactory(IApplications applications, TimeProvider time, ILoggerFactory loggers);

/// <summary>The servers of this host: each binds its section of the settings first, so that all errors show at once, and is made afterwards.</summary>
internal sealed class ServerList
{
    private readonly List<Func<SettingsSource, ServerFactory>> _servers = [];

    /// <summary>Adds a server with its section.</summary>
    public ServerList Add<TOptions>(string section, Func<TOptions, IApplications, TimeProvider, ILoggerFactory, IServer> make)
        where TOptions : class, new()
    {
        _servers.Add(settings =>
        {
            var options = settings.Bind<TOptions>(section);
            return (applications, time, loggers) => make(options, applications, time, loggers);
        });
        return this;
    }

    /// <summary>Binds every section.</summary>
    public IReadOnlyList<ServerFactory> Bind(SettingsSource settings) => [.. _servers.Select(s => s(settings))];
}
