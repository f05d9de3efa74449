using Tapedeck.Host.Settings;

namespace Tapedeck.Host.Applications;

/// <summary>Names of application instances come from clients and become folders: few characters, never a path.</summary>
internal static class InstanceName
{
    public const int MaximumLength = 64;

    /// <summary>
    /// The name to use for what a client sent: <c>_definst_</c> for nothing. False with the reason, for the person at the encoder, when
    /// it cannot be used.
    /// </summary>
    public static bool TryParse(string? sent, out string name, out string reason)
    {
        name = string.IsNullOrEmpty(sent) ? StorageDirectory.DefaultInstance : sent;
        reason = IsValid(name) ? "" : $"The instance name {ValueText.Quoted(name)} cannot be used: it may have 1 to {MaximumLength} letters (A-Z, a-z), digits, dots, dashes and underscores.";
        return reason.Length == 0;
    }

    /// <summary>The same rule holds for application folders.</summary>
    public static bool IsValid(string name) =>
        name.Length is > 0 and <= MaximumLength && name is not ("." or "..")
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');
}
