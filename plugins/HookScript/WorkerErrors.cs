using System.Text.RegularExpressions;

namespace Tapedeck.HookScript;

/// <summary>What a worker, its runtime and the programs of scripts write to the error stream: lines for the log, and the reason when it dies.</summary>
internal sealed partial class WorkerErrors
{
    private const int KeptLines = 40;
    private readonly List<string> _first = [];
    private int _count;

    /// <summary>True when the line is worth a line of the log.</summary>
    public bool Add(string line)
    {
        lock (_first)
        {
            if (_first.Count < KeptLines)
                _first.Add(line);
            return ++_count <= KeptLines;
        }
    }

    /// <summary>Forgets what was said before.</summary>
    public void Clear()
    {
        lock (_first)
        {
            _first.Clear();
            _count = 0;
        }
    }

    /// <summary>What the runtime said when it gave up; null when it said nothing of the kind.</summary>
    public string? Reason()
    {
        lock (_first)
        {
            var index = _first.FindIndex(l => Death().IsMatch(l));
            if (index < 0)
                return null;
            // The frames that a recursion repeats come first.
            var frame = _first.Skip(index + 1).FirstOrDefault(l => l.TrimStart().StartsWith("at Script.", StringComparison.Ordinal));
            var reason = _first[index].Trim().TrimEnd('.');
            return frame is null ? reason : $"{reason} {frame.Trim()}";
        }
    }

    [GeneratedRegex(@"^(Stack overflow|Unhandled exception|Process terminated|Out of memory|Fatal error)", RegexOptions.IgnoreCase)]
    private static partial Regex Death();
}
