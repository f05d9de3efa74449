using System.Globalization;
using System.Text;

namespace Tapedeck.Engine.Naming;

/// <summary>
/// A time in a name: <c>yyyy yy MM dd HH mm ss f…fffffff zzz</c>, everything else as it is; or <c>unix</c> and <c>unixms</c> alone. Read once, so that
/// writing cannot fail. <c>zzz</c> is <c>UTC</c>, or the offset as <c>+0200</c>: two times of a repeated hour differ in it.
/// </summary>
internal sealed class TimeFormat
{
    /// <summary>What Wowza calls RecordingStartTime.</summary>
    public const string Default = "yyyy-MM-dd-HH.mm.ss.fff-zzz";

    private static readonly string[] Tokens = ["yyyy", "yy", "MM", "dd", "HH", "mm", "ss", "zzz"];

    private readonly List<(string Text, bool IsToken)> _parts = [];
    private readonly TimeZoneInfo _zone;
    private readonly string? _whole;

    /// <summary>Reads a format.</summary>
    /// <param name="text">The format.</param>
    /// <param name="position">Of its first character within the template, for errors.</param>
    /// <param name="zone">Whose wall clock.</param>
    public TimeFormat(string text, int position, TimeZoneInfo zone)
    {
        _zone = zone;
        if (text is "unix" or "unixms")
        {
            _whole = text;
            return;
        }

        for (var i = 0; i < text.Length;)
        {
            var c = text[i];
            var run = 1;
            while (i + run < text.Length && text[i + run] == c)
                run++;
            var token = text.Substring(i, run);
            if (Array.IndexOf(Tokens, token) >= 0 || (c == 'f' && run <= 7))
                _parts.Add((token, true));
            else if (!char.IsAsciiLetter(c) || c == 'T')
                _parts.Add((token, false));
            else
                throw new NameTemplateException(position + i, $"'{token}' is no part of a time; use yyyy, yy, MM, dd, HH, mm, ss, fff, zzz, or unix or unixms alone.");
            i += run;
        }
    }

    public void Append(StringBuilder to, DateTimeOffset time)
    {
        if (_whole is not null)
        {
            to.Append(_whole == "unix" ? time.ToUnixTimeSeconds() : time.ToUnixTimeMilliseconds());
            return;
        }

        var local = TimeZoneInfo.ConvertTime(time, _zone);
        foreach (var (text, isToken) in _parts)
        {
            if (isToken)
                AppendToken(to, text, local);
            else
                to.Append(text);
        }
    }

    private void AppendToken(StringBuilder to, string token, DateTimeOffset time)
    {
        switch (token[0])
        {
            case 'y':
                to.Append(token.Length == 2 ? Digits(time.Year % 100, 2) : Digits(time.Year, 4));
                break;
            case 'M':
                to.Append(Digits(time.Month, 2));
                break;
            case 'd':
                to.Append(Digits(time.Day, 2));
                break;
            case 'H':
                to.Append(Digits(time.Hour, 2));
                break;
            case 'm':
                to.Append(Digits(time.Minute, 2));
                break;
            case 's':
                to.Append(Digits(time.Second, 2));
                break;
            case 'f':
                to.Append(Digits(time.Ticks % TimeSpan.TicksPerSecond, 7).AsSpan(0, token.Length));
                break;
            default:
                var offset = time.Offset;
                if (ReferenceEquals(_zone, TimeZoneInfo.Utc) || _zone.Id is "UTC" or "Etc/UTC")
                    to.Append("UTC");
                else
                    to.Append(offset < TimeSpan.Zero ? '-' : '+').Append(Digits(Math.Abs(offset.Hours), 2)).Append(Digits(Math.Abs(offset.Minutes), 2));
                break;
        }
    }

    private static string Digits(long value, int width) => value.ToString(CultureInfo.InvariantCulture).PadLeft(width, '0');
}
