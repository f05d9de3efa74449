using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Tapedeck.Engine.Recording;

/// <summary>
/// The one place where a name that came from a client becomes a path below a storage directory.
/// </summary>
/// <remarks>
/// A name is cut at <c>/</c> into folders and a file name. In each, every byte of its UTF-8 form outside <c>[A-Za-z0-9._-]</c> becomes
/// <c>%XX</c>, and so do a leading or trailing dot and the first letter of a name that Windows reserves (CON, NUL, …). As <c>%</c> itself is
/// escaped, two names never meet in one path. What is longer than 255 bytes, extension and version included, is shortened and gets
/// <c>~</c> and 16 hexadecimal digits of its SHA-256; <c>~</c> is otherwise escaped.
/// </remarks>
public static class StorageName
{
    /// <summary>Bytes of one path component that file systems take.</summary>
    public const int MaximumComponentBytes = 255;

    /// <summary>Characters of a stream name that are looked at at all.</summary>
    public const int MaximumNameLength = 4096;

    /// <summary>Folders below the storage directory that a name may ask for (Wowza: MaximumStorageDirDepth).</summary>
    public const int MaximumDepth = 25;

    internal const int VersionReserve = 8; // "_9999999"

    private static readonly string[] Reserved =
        ["CON", "PRN", "AUX", "NUL", "CLOCK$", "CONIN$", "CONOUT$", .. Enumerable.Range(0, 10).SelectMany(i => new[] { $"COM{i}", $"LPT{i}" })];

    /// <summary>Why a name cannot be used for a stream, in words for the person at the encoder; null when it can.</summary>
    public static string? Refusal(string name)
    {
        if (name.Length == 0)
            return "The stream name is empty.";
        if (name.Length > MaximumNameLength)
            return $"The stream name has {name.Length} characters; at most {MaximumNameLength} are accepted.";
        for (var i = 0; i < name.Length; i++)
        {
            var c = name[i];
            if (char.IsControl(c))
                return $"The stream name has the control character U+{(int)c:X4} at position {i + 1}; use printable characters.";
            if (c == '\uFFFD' || (char.IsSurrogate(c) && !IsPair(name, i)))
                return $"The stream name is not valid UTF-8 at position {i + 1}.";
        }

        var segments = name.Split('/');
        if (segments.Length > MaximumDepth)
            return $"The stream name asks for {segments.Length - 1} folders; at most {MaximumDepth - 1} are accepted.";
        return Array.Exists(segments, s => s.Length == 0)
            ? "The stream name begins or ends with '/' or has '//' in it; name every folder."
            : null;
    }

    /// <summary>The path of a recording. It always lies below <paramref name="root"/>.</summary>
    /// <param name="root">Absolute storage directory.</param>
    /// <param name="name">A name that <see cref="Refusal"/> accepts.</param>
    /// <param name="extension">With its dot: <c>.mp4</c>. Not doubled when the name ends with it already.</param>
    /// <param name="version">0 for the plain name, else <c>_1</c>, <c>_2</c>, … before the extension.</param>
    public static string Resolve(string root, string name, string extension, int version) =>
        Resolve(root, name, extension, version == 0 ? "" : "_" + version.ToString(CultureInfo.InvariantCulture), VersionReserve);

    /// <summary>The same with any suffix of plain letters before the extension; <paramref name="reserve"/> bytes are kept for those of all files that share the name.</summary>
    internal static string Resolve(string root, string name, string extension, string suffix, int reserve)
    {
        if (Refusal(name) is { } refusal)
            throw new ArgumentException(refusal, nameof(name));
        var segments = name.Split('/');
        var path = new StringBuilder(root.TrimEnd(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar));
        foreach (var folder in segments.AsSpan(0, segments.Length - 1))
            path.Append(Path.DirectorySeparatorChar).Append(Shorten(Escape(folder), folder, MaximumComponentBytes));

        var file = segments[^1];
        if (file.Length > extension.Length && file.EndsWith(extension, StringComparison.OrdinalIgnoreCase))
            file = file[..^extension.Length];
        var room = MaximumComponentBytes - extension.Length - Math.Max(reserve, suffix.Length);
        path.Append(Path.DirectorySeparatorChar).Append(Shorten(Escape(file), file, room)).Append(suffix).Append(extension);

        // Belt and braces: whatever the rules above let through, nothing leaves the root.
        var full = Path.GetFullPath(path.ToString());
        var prefix = Path.GetFullPath(root).TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar;
        return full.StartsWith(prefix, StringComparison.Ordinal)
            ? full
            : throw new ArgumentException($"The name '{name}' leads out of the storage directory.", nameof(name));
    }

    /// <summary>Whether the file is called just as the name says, without an escape or a shortening.</summary>
    public static bool IsLiteral(string name, string extension) =>
        Array.TrueForAll(name.Split('/'), s => Escape(s) == s && s.Length <= MaximumComponentBytes - VersionReserve - extension.Length);

    private static bool IsPair(string name, int i) =>
        char.IsHighSurrogate(name[i]) ? i + 1 < name.Length && char.IsLowSurrogate(name[i + 1])
                                      : i > 0 && char.IsHighSurrogate(name[i - 1]);

    private static string Escape(string segment)
    {
        var bytes = Encoding.UTF8.GetBytes(segment);
        var escaped = new StringBuilder(bytes.Length + 8);
        var reserved = IsReserved(segment);
        for (var i = 0; i < bytes.Length; i++)
        {
            var b = bytes[i];
            var edgeDot = b == '.' && (i == 0 || i == bytes.Length - 1);
            if (!edgeDot && !(reserved && i == 0) && (char.IsAsciiLetterOrDigit((char)b) || b is (byte)'.' or (byte)'_' or (byte)'-'))
                escaped.Append((char)b);
            else
                escaped.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
        }

        return escaped.ToString();
    }

    private static bool IsReserved(string segment)
    {
        var dot = segment.IndexOf('.', StringComparison.Ordinal);
        var stem = dot < 0 ? segment : segment[..dot];
        return Array.Exists(Reserved, r => stem.Equals(r, StringComparison.OrdinalIgnoreCase));
    }

    private static string Shorten(string escaped, string original, int room)
    {
        if (escaped.Length <= room)
            return escaped;
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(original)).AsSpan(0, 8));
        var cut = room - hash.Length - 1;
        // Never through the middle of an escape.
        if (escaped[cut - 1] == '%')
            cut -= 1;
        else if (escaped[cut - 2] == '%')
            cut -= 2;
        return string.Concat(escaped.AsSpan(0, cut), "~", hash);
    }
}
