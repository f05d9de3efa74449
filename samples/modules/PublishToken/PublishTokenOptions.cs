using Tapedeck.Modules;

namespace PublishToken;

/// <summary>Filled from the application's properties: prefix + name, here <c>publishTokenValue</c>.</summary>
[ModuleOptions("publishToken")]
public sealed class PublishTokenOptions
{
    /// <summary>
    /// What a publisher must send. Not marked [Required]: an application runs on without a module that cannot start, and this one
    /// must rather refuse everybody than be missing.
    /// </summary>
    public string Value { get; set; } = "";
}
