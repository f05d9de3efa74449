using Tapedeck.Modules;

namespace PrivateDependency;

/// <summary>What two plugins bring in different versions under one name.</summary>
public static class Dependency
{
    public static string Version => "2.0.0";
}

/// <summary>A base class that a plugin's module inherits across assemblies.</summary>
public abstract class ModuleOfDependency : IModule;
