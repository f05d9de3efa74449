namespace Tapedeck.Modules;

/// <summary>Where a module finds files of its own; it may ask for this in its constructor. Its assembly has no place: it was loaded from memory.</summary>
/// <param name="Plugin">Absolute folder of the plugin that brings the module. Files in it may be replaced at any time.</param>
/// <param name="Application">Absolute folder of the application, the one that holds <c>Application.xml</c> or <c>Application.yaml</c>.</param>
public sealed record ModuleFolders(string Plugin, string Application);
