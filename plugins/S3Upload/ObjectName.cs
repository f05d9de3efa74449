using System.Security.Cryptography;
using System.Text;

namespace Tapedeck.S3Upload;

/// <summary>Names of objects: safe as a path below a folder too, and short enough for every store.</summary>
internal static class ObjectName
{
    /// <summary>Bytes of a whole name; S3 takes 1024. Room for a number is left.</summary>
    private const int LongestName = 1000;

    /// <summary>Bytes between two slashes; file systems take 255.</summary>
    private const int LongestPart = 240;

    /// <summary>What a client said, escaped so that two texts never become one: bytes outside <c>A-Z a-z 0-9 . _ -</c> become <c>%XX</c>.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="keepSlashes">True: slashes make folders.</param>
    public static string Escape(string text, bool keepSlashes)
    {
        var result = new StringBuilder(text.Length);
        foreach (var value in Encoding.UTF8.GetBytes(text))
        {
            if (char.IsAsciiLetterOrDigit((char)value) || value is (byte)'.' or (byte)'_' or (byte)'-' || (keepSlashes && value == '/'))
                result.Append((char)value);
            else
                result.Append('%').Append(value.ToString("X2"));
        }

        return result.ToString();
    }

    /// <summary>Takes out empty parts, escapes dots that would lead elsewhere and control characters, shortens what is too long with a hash.</summary>
    public static string Clean(string name)
    {
        var parts = name.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(CleanPart);
        return Shorten(string.Join('/', parts), LongestName);
    }

    /// <summary>The name with a number, as Wowza counts: <c>a/b.mp4</c>, <c>a/b_0.mp4</c>, …</summary>
    public static string Numbered(string name, int number) => number < 0 ? name : Suffixed(name, $"_{number}");

    /// <summary>The name with something before its extension.</summary>
    public static string Suffixed(string name, string suffix)
    {
        var extension = ExtensionOf(name);
        return name[..^extension.Length] + suffix + extension;
    }

    /// <summary>The name without a recorder's number: <c>a/b_12.mp4</c> is <c>a/b.mp4</c>.</summary>
    public static string WithoutNumber(string name)
    {
        var extension = ExtensionOf(name);
        var stem = name[..^extension.Length];
        var digits = stem.Length - stem.TrimEnd("0123456789".ToCharArray()).Length;
        return digits > 0 && stem.Length > digits + 1 && stem[^(digits + 1)] == '_' && stem[^(digits + 2)] != '/' ? stem[..^(digits + 1)] + extension : name;
    }

    /// <summary>From the last dot of the last part on; empty where there is none.</summary>
    public static string ExtensionOf(string name)
    {
        var dot = name.LastIndexOf('.');
        return dot > name.LastIndexOf('/') + 1 ? name[dot..] : "";
    }

    private static string CleanPart(string part)
    {
        if (part is "." or "..")
            return part.Replace(".", "%2E", StringComparison.Ordinal);
        if (part.Any(c => char.IsControl(c) || char.IsSurrogate(c) || c == '\\'))
            part = string.Concat(part.EnumerateRunes().Select(r => Rune.IsControl(r) || r.Value == '\\' || r == Rune.ReplacementChar ? Escape(r.ToString(), false) : r.ToString()));
        return Shorten(part, LongestPart);
    }

    private static string Shorten(string text, int longest)
    {
        if (Encoding.UTF8.GetByteCount(text) <= longest)
            return text;
        var extension = ExtensionOf(text) is { Length: <= 16 } usual ? usual : "";
        var hash = "~" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));
        var room = longest - Encoding.UTF8.GetByteCount(hash + extension);
        var result = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            room -= rune.Utf8SequenceLength;
            if (room < 0)
                break;
            result.Append(rune.ToString());
        }

        return result.ToString().TrimEnd('/') + hash + extension;
    }
}
