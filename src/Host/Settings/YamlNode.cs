namespace Tapedeck.Host.Settings;

/// <summary>A YAML value that knows where it stands.</summary>
internal abstract record YamlNode(SourceLocation Location)
{
    /// <summary>The kind of value, for error messages.</summary>
    public abstract string Kind { get; }
}

/// <param name="Text">The text as written.</param>
/// <param name="IsPlain">True when it stands without quotes, so that nothing, <c>~</c> and <c>null</c> mean no value.</param>
/// <param name="Location">Where it stands.</param>
internal sealed record YamlScalar(string Text, bool IsPlain, SourceLocation Location) : YamlNode(Location)
{
    public bool IsNull => IsPlain && Text is ("" or "~" or "null");

    public override string Kind => "a value";
}

internal sealed record YamlList(IReadOnlyList<YamlNode> Items, SourceLocation Location) : YamlNode(Location)
{
    public override string Kind => "a list";
}

/// <summary>Entries in order of the file; no key stands twice, whatever its case.</summary>
internal sealed record YamlMap(IReadOnlyList<YamlEntry> Entries, SourceLocation Location) : YamlNode(Location)
{
    public override string Kind => "a section";
}

internal sealed record YamlEntry(string Key, SourceLocation KeyLocation, YamlNode Value);
