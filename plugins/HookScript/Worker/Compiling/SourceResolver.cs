using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Tapedeck.HookScript.Protocol;

namespace Tapedeck.Scripts.Compiling;

/// <summary>Finds what scripts <c>#load</c>, and remembers it.</summary>
internal sealed class SourceResolver(ScriptFolders folders, Dictionary<string, string> problems) : SourceReferenceResolver
{
    private readonly List<ScriptPart> _parts = [];

    public IReadOnlyList<ScriptPart> Parts => _parts;

    public override string NormalizePath(string path, string? baseFilePath) => path;

    public override string? ResolveReference(string path, string? baseFilePath)
    {
        var found = folders.Resolve(path, baseFilePath, out var problem);
        if (problem is not null)
            problems[path] = problem;
        return found;
    }

    public override Stream OpenRead(string resolvedPath)
    {
        var bytes = System.IO.File.ReadAllBytes(resolvedPath);
        if (_parts.TrueForAll(p => p.Path != resolvedPath))
            _parts.Add(new ScriptPart(resolvedPath, ScriptContent.Hash(bytes)));
        return new MemoryStream(bytes);
    }

    public override bool Equals(object? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => 0;
}

/// <summary>Finds what scripts refer to by <c>#r</c>, with what that refers to, and remembers it.</summary>
internal sealed class LibraryResolver(ScriptFolders folders, Dictionary<string, string> problems) : MetadataReferenceResolver
{
    private readonly Dictionary<string, ScriptPart> _parts = new(StringComparer.Ordinal);

    public IReadOnlyList<ScriptPart> Parts => [.. _parts.Values];

    public override ImmutableArray<PortableExecutableReference> ResolveReference(string reference, string? baseFilePath, MetadataReferenceProperties properties)
    {
        // As in other hosts of scripts, "System.Xml" means .NET's own, which every script has.
        if (!reference.Contains('/', StringComparison.Ordinal) && SharedReferences.Find(reference) is { } shared)
            return [shared.WithProperties(properties)];
        var path = folders.Resolve(reference, baseFilePath, out var problem);
        if (path is null)
        {
            problems[reference] = problem!;
            return [];
        }

        var bytes = System.IO.File.ReadAllBytes(path);
        Remember(path, bytes);
        return [MetadataReference.CreateFromImage(bytes, properties, filePath: path)];
    }

    public override bool Equals(object? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => 0;

    private void Remember(string path, byte[] bytes)
    {
        if (!_parts.TryAdd(path, new ScriptPart(path, ScriptContent.Hash(bytes))))
            return;
        foreach (var name in SharedReferences.ReferencesOf(bytes))
        {
            var neighbour = Path.Combine(Path.GetDirectoryName(path)!, name + ".dll");
            if (SharedReferences.Find(name) is null && System.IO.File.Exists(neighbour))
                Remember(neighbour, System.IO.File.ReadAllBytes(neighbour));
        }
    }
}
