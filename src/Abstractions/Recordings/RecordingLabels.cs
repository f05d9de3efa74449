using System.Collections.ObjectModel;

namespace Tapedeck.Recordings;

/// <summary>Labels are short texts that somebody gives to a recording, by key: found again in the catalog, and in names as <c>{label:KEY}</c>.</summary>
public static class RecordingLabels
{
    /// <summary>No labels.</summary>
    public static IReadOnlyDictionary<string, string> None { get; } = ReadOnlyDictionary<string, string>.Empty;
}
