using Tapedeck.Engine.Recording;
using Tapedeck.Host.Settings;

namespace Tapedeck.Host.Applications;

/// <summary>How full an application's storage directory may get, and what is removed from it, from its properties.</summary>
/// <param name="properties">Of the application.</param>
/// <param name="error">Takes what cannot be used, with its place.</param>
internal sealed class StorageProperties(ApplicationProperties properties, Action<SourceLocation, string> error)
{
    private const string NoMount = "none";

    public StoragePolicy ReadPolicy()
    {
        var mount = Mount();
        return new StoragePolicy
        {
            FreeSpace = Value<long>("storageFreeSpace", least: 0),
            Quota = Value<long>("storageQuota", least: 1),
            Mount = mount == NoMount ? null : mount,
            GuardsMount = mount != NoMount,
        };
    }

    public RetentionPolicy ReadRetention() => new()
    {
        Age = Value("retentionAge", least: TimeSpan.FromSeconds(1)),
        Quota = Value<long>("retentionQuota", least: 1),
        FreeSpace = Value<long>("retentionFreeSpace", least: 1),
    };

    private string? Mount()
    {
        if (properties.Find("storageMount") is not { Value.Length: > 0 } property)
            return null;
        var value = property.Value.Trim();
        if (value.Equals(NoMount, StringComparison.OrdinalIgnoreCase))
            return NoMount;
        if (Path.IsPathFullyQualified(value))
            return value == Path.GetPathRoot(value) ? value : Path.TrimEndingDirectorySeparator(value);
        error(property.Location, $"storageMount: {ValueText.Quoted(property.Value)} cannot be used; write the mount point, such as /mnt/recordings, or none");
        return null;
    }

    private T? Value<T>(string name, T least)
        where T : struct, IComparable<T>
    {
        if (properties.Find(name) is not { Value.Length: > 0 } property)
            return null;
        if (!ValueConversion.TryConvert(new ValueForm(typeof(T), typeof(T) == typeof(long)), property.Value, out var value, out var problem))
            error(property.Location, $"{name}: {ValueText.Quoted(property.Value)} cannot be used; {problem}");
        else if (((T)value!).CompareTo(least) < 0)
            error(property.Location, $"{name} must be more than nothing; remove it to have no limit");
        else
            return (T)value;
        return null;
    }
}
