using Microsoft.Extensions.Logging;
using Tapedeck.Host.Settings;

namespace Tapedeck.Host.Applications;

/// <summary>An application whose file cannot be used.</summary>
internal sealed record RefusedApplication(string Name, IReadOnlyList<ConfigurationError> Errors);

/// <summary>The applications of a home, and those that were refused and why. Names compare without case.</summary>
internal sealed class ApplicationCatalog
{
    private readonly Dictionary<string, ApplicationModel> _served = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, RefusedApplication> _refused = new(StringComparer.OrdinalIgnoreCase);

    private ApplicationCatalog() { }

    public IReadOnlyCollection<ApplicationModel> Served => _served.Values;

    public IReadOnlyCollection<RefusedApplication> Refused => _refused.Values;

    public ApplicationModel? Find(string name) => _served.GetValueOrDefault(name);

    public RefusedApplication? FindRefused(string name) => _refused.GetValueOrDefault(name);

    /// <summary>Reads every application of the home; a broken file keeps only its own application away.</summary>
    public static ApplicationCatalog Load(Home home, ILogger logger)
    {
        var catalog = new ApplicationCatalog();
        IEnumerable<string> folders = [];
        try
        {
            if (Directory.Exists(home.Applications))
                folders = Directory.GetDirectories(home.Applications).Where(f => !Path.GetFileName(f).StartsWith('.')).Order(StringComparer.Ordinal);
            else
                logger.LogError("There is no folder {Folder}: no application is served. Make it, with one folder for each application", home.Applications);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            logger.LogError("The folder {Folder} cannot be read, so no application is served: {Reason}", home.Applications, e.Message);
        }
        foreach (var namesakes in folders.GroupBy(f => Path.GetFileName(f), StringComparer.OrdinalIgnoreCase))
        {
            if (namesakes.Count() > 1)
                catalog.Refuse(namesakes.Key, [new(string.Join(" and ", namesakes), "these differ only in the case of letters, which clients may not tell apart; rename one")], logger);
            else
                catalog.Add(namesakes.Single(), home, logger);
        }
        return catalog;
    }

    private void Add(string folder, Home home, ILogger logger)
    {
        var name = Path.GetFileName(folder);
        try
        {
            if (!InstanceName.IsValid(name))
                throw new ConfigurationException(new SourceLocation(folder), $"an application's name may have 1 to {InstanceName.MaximumLength} letters (A-Z, a-z), digits, dots, dashes and underscores; rename the folder");
            if (Read(folder) is not { } config)
            {
                logger.LogWarning("{Folder} holds neither Application.xml nor Application.yaml and is passed over; put one there (Wowza keeps it in conf/{Application}/)", folder, name);
                return;
            }
            var model = Build(config, name, home, logger);
            _served.Add(name, model);
        }
        catch (ConfigurationException e)
        {
            Refuse(name, e.Errors, logger);
        }
    }

    private static ApplicationModel Build(ApplicationConfig config, string name, Home home, ILogger logger)
    {
        try
        {
            var model = ApplicationModelBuilder.Build(config, name, home, out var notice);
            if (notice is not null) logger.LogInformation("{Notice}", notice);
            return model;
        }
        finally
        {
            foreach (var warning in config.Warnings) logger.LogWarning("{Warning}", warning.ToString());
        }
    }

    /// <summary>The file of a folder; null when there is none.</summary>
    private static ApplicationConfig? Read(string folder)
    {
        var present = ApplicationYaml.FileNames.Prepend(ApplicationXml.FileName).Select(f => Path.Combine(folder, f)).Where(File.Exists).ToList();
        return present switch
        {
            [] => null,
            [var file] => file.EndsWith(".xml", StringComparison.Ordinal) ? ApplicationXml.Load(file) : ApplicationYaml.Load(file),
            _ => throw new ConfigurationException(new SourceLocation(folder), $"there is more than one file: {string.Join(" and ", present.Select(Path.GetFileName))}; keep one"),
        };
    }

    private void Refuse(string name, IReadOnlyList<ConfigurationError> errors, ILogger logger)
    {
        _refused[name] = new RefusedApplication(name, errors);
        logger.LogError("Application {Application} is not served until this is mended:\n{Errors}", name, string.Join("\n", errors));
    }
}
