namespace Tapedeck.Host.Settings;

/// <summary>A setting as somebody gave it.</summary>
/// <param name="Key">The key as written.</param>
/// <param name="Origin">Where it was given.</param>
/// <param name="Text">Its text; null for a list or for no value.</param>
/// <param name="Items">Items of a list written as such.</param>
internal sealed record SettingValue(string Key, string Origin, string? Text, IReadOnlyList<string>? Items = null)
{
    /// <summary>Items of the list, or the parts between commas.</summary>
    public IReadOnlyList<string> AsList() =>
        Items ?? (Text ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>A setting that the host knows, for people.</summary>
/// <param name="Key">Such as <c>rtmp.listen</c>.</param>
/// <param name="Default">Value when nobody sets it.</param>
/// <param name="Unit">What it counts, or which values there are.</param>
/// <param name="Description">What it does.</param>
/// <param name="Value">The value in force.</param>
/// <param name="Source">Where the value in force comes from.</param>
internal sealed record SettingDescription(string Key, string Default, string Unit, string Description, string Value, string Source);
