namespace Tapedeck.LiveStreamRecord.Tests.Fakes;

/// <summary>Values as a decoder hands them over.</summary>
internal static class Amf
{
    /// <summary>An object. Case matters in its keys, so that it shows whether the module relies on them.</summary>
    public static IReadOnlyDictionary<string, object?> Object(params (string Key, object? Value)[] members) =>
        members.ToDictionary(m => m.Key, m => m.Value, StringComparer.Ordinal);
}
