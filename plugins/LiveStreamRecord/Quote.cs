using System.Text;

namespace Tapedeck.LiveStreamRecord;

/// <summary>Text of a client in a message for people: short, and unable to break a log line.</summary>
internal static class Quote
{
    private const int MaximumLength = 100;
    private const int MaximumNames = 10;

    public static string One(string text)
    {
        var quoted = new StringBuilder("'", MaximumLength + 4);
        foreach (var c in text.AsSpan(0, Math.Min(text.Length, MaximumLength)))
            quoted.Append(char.IsControl(c) ? '?' : c);
        return quoted.Append(text.Length > MaximumLength ? "…'" : "'").ToString();
    }

    public static string Several(IReadOnlyCollection<string> names)
    {
        var listed = string.Join(", ", names.Take(MaximumNames).Select(One));
        return names.Count > MaximumNames ? $"{listed} and {names.Count - MaximumNames} more" : listed;
    }
}
