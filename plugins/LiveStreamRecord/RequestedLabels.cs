using System.Globalization;

namespace Tapedeck.LiveStreamRecord;

/// <summary>Labels as clients send them: texts, numbers or booleans by key; null takes a label away.</summary>
internal static class RequestedLabels
{
    /// <exception cref="CommandException">A value is none of these.</exception>
    public static IEnumerable<KeyValuePair<string, string?>> Read(IReadOnlyDictionary<string, object?> given) =>
        given.Select(label => KeyValuePair.Create(label.Key, label.Value switch
        {
            null => null,
            string text => text,
            bool value => value ? "true" : "false",
            double number => number.ToString(CultureInfo.InvariantCulture),
            var value => throw CommandException.Unreadable($"Label {Quote.One(label.Key)} is {CommandInput.Describe(value)}; it must be a text, a number or a boolean."),
        }));

    public static Dictionary<string, string> Apply(Dictionary<string, string> labels, string key, string? value)
    {
        if (value is null)
            labels.Remove(key);
        else
            labels[key] = value;
        return labels;
    }
}
