using System.Collections.Immutable;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Recording;

/// <summary>The labels of a recording, within bounds. Safe for use by any thread.</summary>
internal sealed class LabelSet
{
    private readonly RecordingSettings _settings;
    private ImmutableDictionary<string, string> _labels = ImmutableDictionary<string, string>.Empty;

    /// <exception cref="RecordingException">They are out of bounds.</exception>
    public LabelSet(IReadOnlyDictionary<string, string> labels, RecordingSettings settings)
    {
        _settings = settings;
        foreach (var (key, value) in labels)
            Set(key, value);
    }

    public IReadOnlyDictionary<string, string> Labels => Volatile.Read(ref _labels);

    /// <summary>Null takes a label away.</summary>
    /// <exception cref="RecordingException">It is out of bounds; nothing has changed.</exception>
    public void Set(string key, string? value)
    {
        Check("key", key);
        if (key.Length == 0)
            throw Refused("A label has an empty key; name it.");
        if (value is not null)
            Check($"value of label '{key}'", value);
        ImmutableInterlocked.Update(ref _labels, labels => value is null ? labels.Remove(key) : Bounded(labels.SetItem(key, value)));
    }

    private ImmutableDictionary<string, string> Bounded(ImmutableDictionary<string, string> labels) => labels.Count <= _settings.MaxLabels
        ? labels
        : throw Refused($"A recording has at most {_settings.MaxLabels} labels (recording.maxLabels).");

    private void Check(string what, string text)
    {
        if (text.Length > _settings.MaxLabelLength)
            throw Refused($"The {what} has {text.Length} characters; at most {_settings.MaxLabelLength} are accepted (recording.maxLabelLength).");
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsControl(text[i]))
                throw Refused($"The {what} has the control character U+{(int)text[i]:X4} at position {i + 1}; use printable characters.");
        }
    }

    private static RecordingException Refused(string message) => new(RecordingRefusal.BadOptions, message);
}
