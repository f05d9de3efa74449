using System.Globalization;
using Serilog.Events;
using Serilog.Formatting;

namespace Tapedeck.Host.Logging;

/// <summary>
/// One event as text: time (UTC), level, message. Values may come from clients, so control characters are shown escaped and further lines are
/// indented: nobody can forge a line.
/// </summary>
internal sealed class LogLine : ITextFormatter
{
    public void Format(LogEvent logEvent, TextWriter output)
    {
        output.Write(logEvent.Timestamp.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        output.Write(' ');
        output.Write(Name(logEvent.Level));
        output.Write(' ');
        // "l": values without quotes.
        foreach (var token in logEvent.MessageTemplate.Tokens)
        {
            using var text = new StringWriter(CultureInfo.InvariantCulture);
            if (token is Serilog.Parsing.PropertyToken { Format: null } property
                && logEvent.Properties.TryGetValue(property.PropertyName, out var value) && value is ScalarValue { Value: string literal })
                text.Write(literal);
            else
                token.Render(logEvent.Properties, text, CultureInfo.InvariantCulture);
            WriteSafe(text.ToString(), output);
        }

        output.WriteLine();
        if (logEvent.Exception is { } exception)
        {
            output.Write("    ");
            WriteSafe(exception.ToString(), output);
            output.WriteLine();
        }
    }

    private static void WriteSafe(string text, TextWriter output)
    {
        foreach (var c in text)
        {
            if (c == '\n')
                output.Write("\n    ");
            else if (char.IsControl(c) && c != '\r' && c != '\t')
                output.Write(string.Create(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}"));
            else if (c != '\r')
                output.Write(c);
        }
    }

    private static string Name(LogEventLevel level) => level switch
    {
        LogEventLevel.Verbose or LogEventLevel.Debug => "DBG",
        LogEventLevel.Information => "INF",
        LogEventLevel.Warning => "WRN",
        LogEventLevel.Error => "ERR",
        _ => "FTL",
    };
}
