using Tapedeck.HookScript.Protocol;
using Tapedeck.Scripts.Compiling;

namespace Tapedeck.Scripts;

/// <summary>Compiles all scripts of applications and tells what is wrong.</summary>
internal static class ScriptCheck
{
    /// <returns>Exit code.</returns>
    public static int Explain()
    {
        using var error = new StreamWriter(Console.OpenStandardError());
        error.WriteLine("This program is started by the host. By hand: check FOLDER… compiles all scripts of these applications.");
        return 2;
    }

    /// <param name="folders">Folders of applications.</param>
    /// <returns>Exit code: 0 when all compile, 1 when not.</returns>
    public static int Run(IReadOnlyList<string> folders)
    {
        using var output = new StreamWriter(Console.OpenStandardOutput());
        using var error = new StreamWriter(Console.OpenStandardError());
        var scripts = 0;
        var broken = 0;
        foreach (var folder in folders.Select(Path.GetFullPath))
        {
            var place = Path.Combine(folder, "scripts");
            if (!Directory.Exists(place))
                continue;
            // Files in folders below are there to be loaded by these.
            foreach (var path in Directory.EnumerateFiles(place, "*.csx").Order(StringComparer.Ordinal))
            {
                scripts++;
                var errors = ScriptCompiler.Compile(new ScriptPlace(path, [place, Path.Combine(folder, "lib")])).Errors;
                if (errors.Count > 0)
                    broken++;
                foreach (var line in errors)
                    error.WriteLine(Path.Combine(place, line));
            }
        }

        output.WriteLine($"{scripts} scripts, {broken} broken");
        return broken == 0 ? 0 : 1;
    }
}
