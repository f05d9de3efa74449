using Tapedeck.HookScript.Protocol;

namespace Tapedeck.HookScript;

/// <summary>Where an application's scripts and programs lie.</summary>
/// <param name="application">Folder of the application.</param>
internal sealed class StepPlaces(string application)
{
    /// <summary>Scripts, and what they <c>#load</c>.</summary>
    public string Scripts { get; } = Path.Combine(application, "scripts");

    /// <summary>Libraries, for <c>#r</c>.</summary>
    public string Libraries { get; } = Path.Combine(application, "lib");

    public ScriptPlace Script(string path) => new(path, [Scripts, Libraries]);

    /// <summary>The script that a step names.</summary>
    /// <param name="argument">What the step says.</param>
    /// <param name="problem">Why there is none, and the remedy.</param>
    public ScriptPlace? FindScript(string? argument, out string? problem)
    {
        problem = null;
        if (string.IsNullOrWhiteSpace(argument))
            problem = $"it names no script; write 'script: after-record.csx', a file of {Scripts}";
        else if (!argument.EndsWith(".csx", StringComparison.OrdinalIgnoreCase))
            problem = $"'{argument}' is no C# script: its name must end with .csx (a step 'shell' starts other programs)";
        else if (Path.GetFullPath(Path.Combine(Scripts, argument)) is var path && !path.StartsWith(Scripts + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            problem = $"'{argument}' lies outside of {Scripts}; put it there";
        else if (!File.Exists(path))
            problem = $"there is no file {path}; put the script there";
        else
            return Script(path);
        return null;
    }

    /// <summary>The program that a step names: absolute, or below the folder of scripts.</summary>
    /// <param name="argument">What the step says.</param>
    /// <param name="problem">Why there is none, and the remedy.</param>
    public string? FindProgram(string? argument, out string? problem)
    {
        problem = null;
        if (string.IsNullOrWhiteSpace(argument))
        {
            problem = $"it names no program; write 'shell: /path/of/hook.sh', or the name of a file of {Scripts}";
            return null;
        }

        var path = Path.GetFullPath(Path.Combine(Scripts, argument));
        if (!Path.IsPathRooted(argument) && !path.StartsWith(Scripts + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            problem = $"'{argument}' lies outside of {Scripts}; put it there, or write its absolute path";
        else if (!File.Exists(path))
            problem = $"there is no file {path}; a step 'shell' takes the path of a program, without arguments";
        else if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) == 0)
            problem = $"{path} is not executable; chmod +x it";
        else
            return path;
        return null;
    }
}
