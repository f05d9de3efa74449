using System.Xml.Linq;

namespace Tapedeck.Repository.Tests;

/// <summary>The files of this checkout.</summary>
internal static class Checkout
{
    public static string Root { get; } = FindRoot();

    /// <summary>Projects by their path from the root, with the projects they refer to for their code.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Projects(string folder)
    {
        var result = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Root, folder), "*.csproj", SearchOption.AllDirectories))
        {
            var references = References(file).ToList();
            // What every project of a folder refers to stands in the folder's Directory.Build.props.
            for (var parent = Path.GetDirectoryName(file)!; parent.Length > Root.Length; parent = Path.GetDirectoryName(parent)!)
            {
                var props = Path.Combine(parent, "Directory.Build.props");
                if (File.Exists(props))
                    references.AddRange(References(props));
            }

            result[Relative(file)] = [.. references.Where(r => r != Relative(file)).Distinct()];
        }

        return result;
    }

    /// <summary>Source files below a folder, by their path from the root.</summary>
    public static IEnumerable<string> Sources(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
            .Select(Relative)
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal));

    public static string Read(string relative) => File.ReadAllText(Path.Combine(Root, relative));

    private static IEnumerable<string> References(string file)
    {
        foreach (var reference in XDocument.Load(file).Descendants("ProjectReference"))
        {
            if ((string?)reference.Attribute("ReferenceOutputAssembly") == "false")
                continue;
            var include = ((string)reference.Attribute("Include")!)
                .Replace("$(MSBuildThisFileDirectory)", "", StringComparison.Ordinal)
                .Replace('\\', '/');
            yield return Relative(Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, include)));
        }
    }

    private static string Relative(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

    private static string FindRoot()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "Host.sln")))
                return folder;
        }

        throw new InvalidOperationException("These tests run from a checkout: no folder above them holds Host.sln.");
    }
}
