namespace Tapedeck.Scripts.Compiling;

/// <summary>Where <c>#load</c> and <c>#r</c> may reach.</summary>
/// <param name="roots">Absolute folders.</param>
internal sealed class ScriptFolders(IReadOnlyList<string> roots)
{
    /// <summary>The file that <paramref name="reference"/> means.</summary>
    /// <param name="reference">As the script says it.</param>
    /// <param name="from">The file that says so; null for the folder of scripts.</param>
    /// <param name="problem">Why there is none.</param>
    public string? Resolve(string reference, string? from, out string? problem)
    {
        if (reference.StartsWith("nuget:", StringComparison.OrdinalIgnoreCase))
        {
            problem = "packages are not fetched: put the DLL and what it needs into " + roots[^1];
            return null;
        }

        var outside = false;
        foreach (var folder in roots.Prepend(from is null ? roots[0] : Path.GetDirectoryName(from)!))
        {
            var path = Path.GetFullPath(Path.Combine(folder, reference));
            if (!System.IO.File.Exists(path))
                continue;
            if (IsInside(path))
            {
                problem = null;
                return path;
            }

            outside = true;
        }

        problem = outside
            ? $"it lies outside of {string.Join(" and ", roots)}; put it there"
            : $"it is neither beside the script nor in {string.Join(" or ", roots)}";
        return null;
    }

    /// <summary>Links are followed: what counts is where the file really is.</summary>
    private bool IsInside(string path)
    {
        var real = Real(path);
        return roots.Any(r => real.StartsWith(Real(r) + Path.DirectorySeparatorChar, StringComparison.Ordinal));
    }

    private static string Real(string path)
    {
        // Each folder of the way may be a link, and lead to further ones.
        for (var links = 0; links < 40; links++)
        {
            var replaced = Follow(path);
            if (replaced == path)
                break;
            path = replaced;
        }

        return path;
    }

    private static string Follow(string path)
    {
        for (var part = path; part is not null && part.Length > 1; part = Path.GetDirectoryName(part))
        {
            if (new FileInfo(part).LinkTarget is { } target)
                return Path.GetFullPath(Path.Combine(Path.GetDirectoryName(part)!, target) + path[part.Length..]);
        }

        return path;
    }
}
