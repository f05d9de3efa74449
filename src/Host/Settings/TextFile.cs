using System.Text;

namespace Tapedeck.Host.Settings;

/// <summary>Reads configuration files with a limit of their size.</summary>
internal static class TextFile
{
    /// <exception cref="ConfigurationException">The file is larger than <paramref name="maximumBytes"/> or cannot be read.</exception>
    public static byte[] ReadBytes(string path, int maximumBytes)
    {
        try
        {
            // One byte more than allowed is enough to know; the length on disk may change while we read.
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var buffer = new byte[(int)Math.Min(maximumBytes + 1L, Math.Max(file.Length, 0) + 1)];
            var read = file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            if (read > maximumBytes)
                throw new ConfigurationException(new SourceLocation(path), $"the file is larger than {maximumBytes / 1024} KiB, which no configuration needs; remove what does not belong there");
            return buffer.AsSpan(0, read).ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(new SourceLocation(path), $"the file cannot be read: {e.Message}");
        }
    }

    /// <exception cref="ConfigurationException">As <see cref="ReadBytes"/>, or the file is not UTF-8.</exception>
    public static string ReadUtf8(string path, int maximumBytes)
    {
        var bytes = ReadBytes(path, maximumBytes).AsSpan();
        if (bytes.StartsWith(Encoding.UTF8.Preamble)) bytes = bytes[Encoding.UTF8.Preamble.Length..];
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw new ConfigurationException(new SourceLocation(path), "the file is not UTF-8 text; save it as UTF-8");
        }
    }
}
