using System.Globalization;

namespace Tapedeck.Host.Commands;

/// <summary>
/// How far a command has come that reads many files, in one line that is drawn over and over:
/// <code>
/// Repairing [##########....................] 34%  1.4 of 4.1 GiB  12 of 40 files  310 MiB/s  0:09 left
/// </code>
/// Nothing is drawn for work that is over within half a second. In a narrow terminal the bar is shorter, then the rate and the files are left out.
/// </summary>
internal sealed class ProgressBar
{
    private const int Width = 30;
    private const int LeastWidth = 10;
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);
    private readonly string _what;
    private readonly long _totalBytes;
    private readonly long _totalFiles;
    private readonly int _columns;
    private readonly TextWriter _terminal;
    private readonly TimeProvider _time;
    private readonly long _begun;
    private long? _drawnAt;
    private int _drawn;
    private long _bytes;
    private long _inFile;
    private long _files;

    /// <param name="what">The work: "Repairing".</param>
    /// <param name="totalBytes">Of all files.</param>
    /// <param name="totalFiles">How many there are.</param>
    /// <param name="columns">Characters in a line of the terminal.</param>
    /// <param name="terminal">Where it is drawn.</param>
    /// <param name="time">The clock.</param>
    public ProgressBar(string what, long totalBytes, long totalFiles, int columns, TextWriter terminal, TimeProvider time)
    {
        (_what, _totalBytes, _totalFiles, _columns, _terminal, _time) = (what, totalBytes, totalFiles, columns, terminal, time);
        _begun = time.GetTimestamp();
    }

    /// <summary>Reading of the file at hand has come to here; going back does not count.</summary>
    public void Reach(long position)
    {
        if (position <= _inFile)
            return;
        _inFile = position;
        Draw();
    }

    /// <summary>The file at hand is done.</summary>
    public void FileDone(long size)
    {
        (_bytes, _inFile, _files) = (_bytes + size, 0, _files + 1);
        Draw();
    }

    /// <summary>Takes the line away, so that other text can be written.</summary>
    public void Clear()
    {
        if (_drawn == 0)
            return;
        _terminal.Write($"\r{new string(' ', _drawn)}\r");
        _terminal.Flush();
        _drawn = 0;
    }

    private void Draw()
    {
        var now = _time.GetTimestamp();
        if (_time.GetElapsedTime(_begun, now) < Patience || (_drawnAt is { } at && _time.GetElapsedTime(at, now) < Interval))
            return;
        _drawnAt = now;
        var text = Text(_time.GetElapsedTime(_begun, now));
        if (text.Length >= _columns)
            text = text[..Math.Max(0, _columns - 1)];
        _terminal.Write($"\r{text}{new string(' ', Math.Max(0, _drawn - text.Length))}");
        _terminal.Flush();
        _drawn = Math.Max(_drawn, text.Length);
    }

    private string Text(TimeSpan elapsed)
    {
        var done = Math.Min(_bytes + _inFile, _totalBytes);
        var part = _totalBytes > 0 ? done / (double)_totalBytes : _totalFiles > 0 ? _files / (double)_totalFiles : 0;
        var files = _totalFiles > 1 ? string.Create(CultureInfo.InvariantCulture, $"  {_files} of {_totalFiles} files") : "";
        var (size, rate) = ("", "");
        if (_totalBytes > 0)
            (size, rate) = ($"  {Size(done)} of {Size(_totalBytes)}", $"  {Size((long)(done / elapsed.TotalSeconds))}/s");
        var left = part > 0 ? $"  {Time(elapsed * ((1 - part) / part))} left" : "";
        var percent = string.Create(CultureInfo.InvariantCulture, $"{(int)(part * 100)}%");
        string[] tails = [percent + size + files + rate + left, percent + size + files + left, percent + size + left, percent + left];
        var room = _columns - 1 - _what.Length - " [] ".Length;
        var tail = Array.Find(tails, t => t.Length + LeastWidth <= room) ?? percent;
        var width = Math.Clamp(room - tail.Length, LeastWidth, Width);
        var filled = (int)(width * part);
        return $"{_what} [{new string('#', filled)}{new string('.', width - filled)}] {tail}";
    }

    private static string Size(long bytes)
    {
        double value = bytes;
        var unit = 0;
        for (; value >= 1024 && unit < Units.Length - 1; unit++)
            value /= 1024;
        return string.Create(CultureInfo.InvariantCulture, $"{value.ToString(unit == 0 || value >= 100 ? "0" : "0.0", CultureInfo.InvariantCulture)} {Units[unit]}");
    }

    private static string Time(TimeSpan time) =>
        time.TotalHours >= 1 ? time.TotalDays >= 4 ? "days" : $"{(int)time.TotalHours}:{time:mm\\:ss}" : $"{time:m\\:ss}";
}
