using System.Security.Cryptography;
using System.Text;
using Tapedeck.HookScript.Protocol;

namespace Tapedeck.Scripts.Compiling;

/// <summary>What tells one version of a script from another.</summary>
internal static class ScriptContent
{
    public static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>Null when the file is not there or cannot be read.</summary>
    public static string? TryHash(string path)
    {
        try
        {
            return Hash(System.IO.File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>One hash for all parts, in their order.</summary>
    public static string Hash(IEnumerable<ScriptPart> parts) => Hash(Encoding.UTF8.GetBytes(string.Join('\n', parts.Select(p => $"{p.Content} {p.Path}"))));
}
