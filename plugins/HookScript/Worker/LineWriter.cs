using System.Text;
using Tapedeck.HookScript.Protocol;

namespace Tapedeck.Scripts;

/// <summary>What a script prints becomes lines of the host's log.</summary>
internal sealed class LineWriter(MessageStream channel, LineLevel level) : TextWriter
{
    private const int LongestLine = 8192;
    private static LineWriter? s_output;
    private static LineWriter? s_error;
    private readonly Lock _lock = new();
    private readonly StringBuilder _line = new();

    public override Encoding Encoding => Encoding.UTF8;

    public static void Install(MessageStream channel)
    {
        Console.SetIn(TextReader.Null);
        s_output = new LineWriter(channel, LineLevel.Information);
        s_error = new LineWriter(channel, LineLevel.Warning);
        Console.SetOut(s_output);
        Console.SetError(s_error);
    }

    /// <summary>What a script printed without ending the line.</summary>
    public static void FlushAll()
    {
        s_output?.Flush();
        s_error?.Flush();
    }

    public override void Write(char value)
    {
        lock (_lock)
            Add(value);
    }

    public override void Write(string? value)
    {
        lock (_lock)
        {
            foreach (var c in value ?? "")
                Add(c);
        }
    }

    public override void Flush()
    {
        lock (_lock)
        {
            if (_line.Length > 0)
                Send();
        }
    }

    private void Add(char c)
    {
        if (c == '\n')
            Send();
        else if (c != '\r')
            _line.Append(c);
        if (_line.Length >= LongestLine)
            Send();
    }

    private void Send()
    {
        var text = _line.ToString();
        _line.Clear();
        channel.Send(new LogMessage(level, text));
    }
}
