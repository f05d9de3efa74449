using System.Reflection;
using Microsoft.Extensions.Logging;
using Tapedeck.Applications;
using Tapedeck.Host.Applications;
using Tapedeck.Host.Plugins;
using Tapedeck.Host.Settings;
using Tapedeck.Modules;
using Tapedeck.Recordings;

namespace Tapedeck.Host.Modules;

/// <summary>
/// Makes the modules that an application lists, each in a context of its own. What cannot be made becomes a faulted entry with the
/// reason: an operator must not lose all publishing because of one plugin. Only what such a module would have decided is refused.
/// </summary>
internal sealed class ModuleFactory(PluginCatalog plugins, TimeProvider time, ILoggerFactory loggers)
{
    private readonly ILogger _logger = loggers.CreateLogger<ModuleFactory>();

    /// <param name="model">The application.</param>
    /// <param name="instance">The instance that the modules will belong to.</param>
    public IReadOnlyList<LoadedModule> Create(ApplicationModel model, IApplicationInstance instance) =>
        [.. model.Modules.Select(entry => Create(entry, model, instance))];

    private LoadedModule Create(ModuleEntry entry, ApplicationModel model, IApplicationInstance instance)
    {
        if (plugins.Find(entry.Class) is not { } module)
            return LoadedModule.Faulted(entry, $"there is no class {ValueText.Quoted(entry.Class)} in any plugin{NearestClass(entry.Class)}");
        if (module.Plugin.Status != PluginStatus.Loaded)
            return LoadedModule.Faulted(entry, $"its plugin {PluginInspection.Describe(module.Plugin)}");
        ModuleContext? context = null;
        var missed = ModuleAbilities.None;
        try
        {
            context = ModuleContext.Create(module, $"{model.Name}/{instance.Name}/{entry.Name}");
            var type = context.GetType(module);
            missed = ModuleReflection.Abilities(type);
            var made = Construct(type, module, entry, model, instance);
            return new LoadedModule(entry, made, context, null);
        }
        catch (Exception e)
        {
            context?.Unload();
            // Reflection wraps what the constructor threw.
            var cause = e is TargetInvocationException { InnerException: { } inner } ? inner : e;
            if (cause is not (ConfigurationException or ModuleConstructionException))
                _logger.LogError(cause, "Module {Module} of {Application}/{Instance} cannot be made", entry.Name, model.Name, instance.Name);
            return LoadedModule.Faulted(entry, cause.Message, missed);
        }
    }

    private string NearestClass(string wanted)
    {
        if (Nearest.Of(wanted, plugins.ClassNames) is { } near) return $"; did you mean '{near}'?";
        // Often only the namespace differs.
        var simple = Simple(wanted);
        var same = plugins.ClassNames.FirstOrDefault(c => Simple(c).Equals(simple, StringComparison.OrdinalIgnoreCase));
        return same is null ? "; install the plugin that brings it, or remove the entry" : $"; did you mean '{same}'?";

        static string Simple(string name) => name[(name.LastIndexOf('.') + 1)..];
    }

    private IModule Construct(Type type, ModuleClass module, ModuleEntry entry, ApplicationModel model, IApplicationInstance instance)
    {
        var binder = new ModuleOptionsBinder(model.Properties, entry);
        var constructors = type.GetConstructors().OrderByDescending(c => c.GetParameters().Length).ToArray();
        ParameterInfo? unknown = null;
        foreach (var constructor in constructors)
        {
            var parameters = constructor.GetParameters();
            if (Array.Find(parameters, p => !IsKnown(p.ParameterType)) is { } first)
            {
                unknown ??= first;
                continue;
            }
            var arguments = parameters.Select(p => Argument(p.ParameterType, type, module, binder, model, instance)).ToArray();
            foreach (var warning in binder.Warnings) _logger.LogWarning("{Warning}", warning.ToString());
            if (binder.Errors.Count > 0) throw new ConfigurationException(binder.Errors);
            return (IModule)constructor.Invoke(arguments);
        }
        throw new ModuleConstructionException(unknown is null
            ? $"{type.FullName} has no public constructor"
            : $"the constructor of {type.FullName} asks for {unknown.ParameterType.Name} {unknown.Name}, which the host does not give; it gives IApplicationInstance, IApplicationProperties, IRecorder, ILogger, TimeProvider, ModuleFolders, and classes marked [ModuleOptions]");
    }

    private static bool IsKnown(Type type) =>
        type == typeof(IApplicationInstance) || type == typeof(IApplicationProperties) || type == typeof(IRecorder) || type == typeof(TimeProvider)
        || type == typeof(ModuleFolders)
        || type == typeof(ILogger) || type == typeof(ILoggerFactory)
        || (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ILogger<>))
        || type.GetCustomAttribute<ModuleOptionsAttribute>() is not null;

    private object Argument(Type wanted, Type type, ModuleClass module, ModuleOptionsBinder binder, ApplicationModel model, IApplicationInstance instance)
    {
        if (wanted == typeof(IApplicationInstance)) return instance;
        if (wanted == typeof(IApplicationProperties)) return model.Properties;
        if (wanted == typeof(IRecorder)) return instance.Recorder;
        if (wanted == typeof(TimeProvider)) return time;
        if (wanted == typeof(ModuleFolders)) return new ModuleFolders(module.Plugin.Folder, Path.GetDirectoryName(Path.GetFullPath(model.File))!);
        if (wanted == typeof(ILogger)) return loggers.CreateLogger(type.FullName!);
        if (wanted == typeof(ILoggerFactory)) return loggers;
        if (wanted.IsGenericType) return Activator.CreateInstance(typeof(Logger<>).MakeGenericType(wanted.GetGenericArguments()), loggers)!;
        return binder.Bind(wanted, wanted.GetCustomAttribute<ModuleOptionsAttribute>()!.Prefix);
    }

    /// <summary>The module's class has not the form that it must have.</summary>
    private sealed class ModuleConstructionException(string message) : Exception(message);
}
