namespace Tapedeck.Modules;

/// <summary>
/// Another name by which an application may list this module in <c>&lt;Class&gt;</c>, such as the Java class name that an existing
/// configuration carries. Without case.
/// </summary>
/// <param name="name">The alias.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class ModuleAliasAttribute(string name) : Attribute
{
    /// <summary>The alias.</summary>
    public string Name { get; } = name;
}

/// <summary>
/// Marks the options class that a module asks for in its constructor. Its public settable properties are filled from the
/// application's properties named <see cref="Prefix"/> + property name, without case; numbers, booleans, enums, strings and time spans (milliseconds) are converted.
/// Data annotations (Range, Required, RegularExpression) are checked at start, and all errors are shown together with file and line.
/// </summary>
/// <param name="prefix">What the application's property names begin with, for example <c>publishToken</c>.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ModuleOptionsAttribute(string prefix) : Attribute
{
    /// <summary>What the application's property names begin with.</summary>
    public string Prefix { get; } = prefix;
}
