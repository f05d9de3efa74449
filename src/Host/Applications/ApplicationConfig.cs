using Tapedeck.Host.Settings;

namespace Tapedeck.Host.Applications;

/// <summary>Text of a file and where it stands.</summary>
internal readonly record struct Located(string Text, SourceLocation Location);

/// <summary>What one application file says, before anything of it is judged. Both forms of the file become this.</summary>
internal sealed class ApplicationConfig(string file)
{
    public string File { get; } = file;

    public Located? Name { get; set; }

    public Located? AppType { get; set; }

    public Located? Description { get; set; }

    public Located? StreamType { get; set; }

    public Located? StorageDir { get; set; }

    public List<PropertyConfig> Properties { get; } = [];

    public List<PropertyConfig> RecorderProperties { get; } = [];

    public List<ModuleConfig> Modules { get; } = [];

    public List<StepConfig> Steps { get; } = [];

    /// <summary>Parts of the file that this host does not serve, in order.</summary>
    public List<string> Ignored { get; } = [];

    /// <summary>Things that a person should know but that stop nothing.</summary>
    public List<ConfigurationError> Warnings { get; } = [];

    /// <summary>Things that make the file unusable.</summary>
    public List<ConfigurationError> Errors { get; } = [];
}

/// <summary>A property as written; a null type (YAML, or a missing Type) means text.</summary>
internal sealed record PropertyConfig(string Name, string Value, string? Type, SourceLocation Location);

/// <summary>A step as written: kind, argument, and whatever else stands with it.</summary>
internal sealed record StepConfig(string Kind, string? Argument, IReadOnlyList<(string Name, Located Value)> Options, SourceLocation Location);

internal sealed record ModuleConfig(string Name, string Description, string Class, SourceLocation Location);
