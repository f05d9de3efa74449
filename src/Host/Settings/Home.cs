namespace Tapedeck.Host.Settings;

/// <summary>The folder that everything of one host lies in: applications, plugins, settings, recordings.</summary>
internal sealed class Home
{
    private Home(string root, string installation)
    {
        Root = root;
        Installation = installation;
        var own = Path.Combine(root, "applications");
        UsesInstalledApplications = !Directory.Exists(own);
        Applications = UsesInstalledApplications ? Path.Combine(installation, "applications") : own;
        PluginFolders = [.. new[] { Path.Combine(root, "plugins"), Path.Combine(installation, "plugins") }.Distinct()];
    }

    public string Root { get; }

    /// <summary>Where the program itself lies.</summary>
    public string Installation { get; }

    public string ConfFile => Path.Combine(Root, "conf", "host.yaml");

    public string Applications { get; }

    /// <summary>True when the home has no applications and those that came with the program are served.</summary>
    public bool UsesInstalledApplications { get; }

    /// <summary>Folders that hold plugins; a plugin in an earlier one wins over its namesake in a later one.</summary>
    public IReadOnlyList<string> PluginFolders { get; }

    public string Content => Path.Combine(Root, "content");

    public string Data => Path.Combine(Root, "data");

    public string Logs => Path.Combine(Root, "logs");

    /// <summary>One line for the log that tells which applications are served.</summary>
    public string ApplicationsNotice => UsesInstalledApplications
        ? $"{Root} has no folder 'applications': the ones that came with the program are served ({Applications})"
        : $"applications of {Applications} are served";

    /// <param name="option">Value of <c>--home</c>; null when it was not given.</param>
    /// <param name="currentFolder">Taken when it holds <c>applications/</c> and no option was given.</param>
    /// <param name="installation">Where the program lies; the last resort.</param>
    /// <exception cref="ConfigurationException">The folder of the option does not exist.</exception>
    public static Home Locate(string? option, string currentFolder, string installation)
    {
        installation = Clean(installation);
        if (option is not null)
        {
            var chosen = Clean(Path.Combine(currentFolder, option));
            if (option.Length == 0 || !Directory.Exists(chosen))
                throw new ConfigurationException([new("--home", $"the folder {ValueText.Quoted(option)} does not exist; make it first, or name another")]);
            return new Home(chosen, installation);
        }
        var isHome = Directory.Exists(Path.Combine(currentFolder, "applications"));
        return new Home(isHome ? Clean(currentFolder) : installation, installation);
    }

    private static string Clean(string folder) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
}
