namespace Tapedeck.Host.Settings;

/// <summary>Something in the configuration that cannot be used.</summary>
/// <param name="Origin">File with line and column, name of the environment variable, or command-line option.</param>
/// <param name="Message">What is wrong and what to write instead.</param>
internal sealed record ConfigurationError(string Origin, string Message)
{
    public ConfigurationError(SourceLocation location, string message)
        : this(location.ToString(), message) => Location = location;

    /// <summary>The place in a file, when it is one.</summary>
    public SourceLocation Location { get; }

    public override string ToString() => $"{Origin}: {Message}";
}

/// <summary>The configuration, or one file of it, cannot be used. Carries every error, not only the first.</summary>
internal sealed class ConfigurationException(IReadOnlyList<ConfigurationError> errors)
    : Exception(string.Join(Environment.NewLine, errors))
{
    public ConfigurationException(SourceLocation location, string message)
        : this([new ConfigurationError(location, message)]) { }

    public IReadOnlyList<ConfigurationError> Errors { get; } = errors;
}
