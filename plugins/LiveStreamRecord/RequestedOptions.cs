using System.Globalization;
using Tapedeck.Recordings;

namespace Tapedeck.LiveStreamRecord;

/// <summary>
/// Makes recording options of a command's: what the command says, else what a name in it implies, else the operator's defaults for this module, else
/// those of the application. A key that is known must be readable; a wrong guess would be noticed when the recording is needed.
/// </summary>
internal sealed class RequestedOptions(CommandInput input, LiveStreamRecordOptions defaults, RecordingOptions application)
{
    private const string Time = "milliseconds, or HH:MM:SS.mmm";

    private static readonly HashSet<string> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        "format", "append", "startOnKeyFrame", "recordData", "versionFile", "version", "overwrite", "option", "output", "segmentDuration", "segmentSize",
        "waitForStream", "keepAlive", "persist", "preroll",
        "versioning", "winQtCompat", "indexAtFront", "expectedDuration", "labels", "codecChange",
    };

    /// <summary>Keys that mean nothing here.</summary>
    public IReadOnlyList<string> Ignored { get; } = [.. input.Options.Keys.Where(key => !Known.Contains(key))];

    /// <exception cref="CommandException">A value cannot be read or is not for clients to set.</exception>
    public RecordingOptions Read()
    {
        var output = ReadOutput();
        return application with
        {
            Format = ReadFormat() ?? FormatOfExtension(output) ?? input.Stream?.Format ?? defaults.Format ?? application.Format,
            ExistingFile = ReadExistingFile(),
            Versioning = ReadVersioning() ?? application.Versioning,
            StartOnKeyFrame = ReadBoolean("startOnKeyFrame") ?? defaults.StartOnKeyFrame ?? application.StartOnKeyFrame,
            RecordData = ReadBoolean("recordData") ?? defaults.RecordData ?? application.RecordData,
            FileName = output,
            Split = ReadSplit() ?? application.Split,
            CodecChange = ReadCodecChange() ?? application.CodecChange,
            Preroll = Value("preroll") is 0.0 or "0" ? TimeSpan.Zero : ReadTime("preroll") ?? defaults.Preroll ?? application.Preroll,
            Mp4 = application.Mp4 with
            {
                WinQtCompat = ReadBoolean("winQtCompat") ?? application.Mp4.WinQtCompat,
                IndexAtFront = ReadBoolean("indexAtFront") ?? application.Mp4.IndexAtFront,
                ExpectedDuration = ReadTime("expectedDuration") ?? application.Mp4.ExpectedDuration,
            },
            Labels = ReadLabels(),
        };
    }

    /// <summary>How long the wish stands; null when it is for a stream that is live now.</summary>
    /// <exception cref="CommandException">A value cannot be read.</exception>
    public RequestTerms? ReadTerms()
    {
        var terms = new RequestTerms { KeepAlive = ReadBoolean("keepAlive") ?? false, Persist = ReadBoolean("persist") ?? false };
        return ReadBoolean("waitForStream") == true || terms.KeepAlive || terms.Persist ? terms : null;
    }

    /// <summary>
    /// Where the command contradicts itself, what keeps more goes first: append, then version, then overwrite. The first two in this order are
    /// Wowza's; <c>versionFile: false</c> is its way to say overwrite.
    /// </summary>
    private ExistingFile ReadExistingFile()
    {
        var append = ReadBoolean("append");
        var version = ReadBoolean("versionFile") ?? ReadBoolean("version");
        var overwrite = ReadBoolean("overwrite");
        if (ReadOption() is { } option)
            return option;
        var fallback = defaults.Append == true || (defaults.Append is null && defaults.VersionFile is null && application.ExistingFile == ExistingFile.Append);
        if (append ?? (fallback && version != true && overwrite != true))
            return ExistingFile.Append;
        if (version ?? !overwrite ?? defaults.VersionFile ?? application.ExistingFile != ExistingFile.Overwrite)
            return ExistingFile.Version;
        return ExistingFile.Overwrite;
    }

    /// <summary>As Wowza's recorders: milliseconds or HH:MM:SS.mmm, and bytes.</summary>
    private SplitOptions? ReadSplit()
    {
        var duration = ReadTime("segmentDuration");
        var bytes = Value("segmentSize") switch
        {
            null or "" => (long?)null,
            double count when count is >= 1 and < 1e15 => (long)count,
            string text when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0 => count,
            var value => throw Unreadable("segmentSize", value, "a number of bytes"),
        };
        return duration is null && bytes is null ? null : new SplitOptions { Duration = duration, Bytes = bytes };
    }

    private TimeSpan? ReadTime(string key) => Value(key) switch
    {
        null or "" => null,
        double milliseconds when milliseconds is > 0 and < 1e12 => TimeSpan.FromMilliseconds(milliseconds),
        string text when double.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) && milliseconds is > 0 and < 1e12 => TimeSpan.FromMilliseconds(milliseconds),
        string text when TimeSpan.TryParseExact(text, [@"h\:mm\:ss", @"hh\:mm\:ss\.fff"], CultureInfo.InvariantCulture, out var time) && time > TimeSpan.Zero => time,
        var value => throw Unreadable(key, value, Time),
    };

    private FileVersioning? ReadVersioning() => Value("versioning") switch
    {
        null or "" => null,
        string text when Enum.GetValues<FileVersioning>().Where(v => v.ToString().Equals(text, StringComparison.OrdinalIgnoreCase)).ToArray() is [var versioning] => versioning,
        var value => throw Unreadable("versioning", value, "\"number\", \"renameOld\", \"renameOldFromZero\", \"stamp\" or \"parts\""),
    };

    private CodecChange? ReadCodecChange() => Value("codecChange") switch
    {
        null or "" => null,
        string text when Enum.GetValues<CodecChange>().Where(change => change.ToString().Equals(text, StringComparison.OrdinalIgnoreCase)).ToArray() is [var change] => change,
        var value => throw Unreadable("codecChange", value, "\"newFile\" or \"sameFile\""),
    };

    /// <summary>Those of the application, and over them those of the command.</summary>
    private IReadOnlyDictionary<string, string> ReadLabels() => Value("labels") switch
    {
        null or "" => application.Labels,
        IReadOnlyDictionary<string, object?> given => RequestedLabels.Read(given).Aggregate(
            new Dictionary<string, string>(application.Labels), (labels, label) => RequestedLabels.Apply(labels, label.Key, label.Value)),
        var value => throw Unreadable("labels", value, "an object with a text for each key"),
    };

    private ExistingFile? ReadOption() => Value("option") switch
    {
        null or "" => null,
        string text when text.Equals("version", StringComparison.OrdinalIgnoreCase) => ExistingFile.Version,
        string text when text.Equals("append", StringComparison.OrdinalIgnoreCase) => ExistingFile.Append,
        string text when text.Equals("overwrite", StringComparison.OrdinalIgnoreCase) => ExistingFile.Overwrite,
        var value => throw Unreadable("option", value, "\"version\", \"append\" or \"overwrite\""),
    };

    private RecordingFormat? ReadFormat() => Value("format") switch
    {
        // 0 is what the add-on calls an unknown format: decided by what else is known.
        null or "" or 0.0 or "0" => null,
        1.0 or "1" => RecordingFormat.Flv,
        2.0 or "2" => RecordingFormat.Mp4,
        string text when RecordingFormatNames.Find(text) is { } format => format,
        var value => throw Unreadable("format", value, "\"mp4\" (or 2), \"flv\" (or 1), \"fmp4\", \"ts\", \"webm\" or \"mkv\""),
    };

    private bool? ReadBoolean(string key) => Value(key) switch
    {
        null or "" => null,
        bool value => value,
        0.0 or "0" => false,
        1.0 or "1" => true,
        string text when bool.TryParse(text, out var value) => value,
        var value => throw Unreadable(key, value, "true or false"),
    };

    /// <summary>The add-on took a path here. Where files go is the operator's to say, not a client's: only the file's name is taken.</summary>
    private string? ReadOutput()
    {
        var value = Value("output");
        if (value is null or "")
            return null;
        if (value is not string output)
            throw Unreadable("output", value, "a file name");
        if (output.AsSpan().IndexOfAny('/', '\\', ':') < 0 && output is not ("." or "..") && !output.Any(char.IsControl))
            return output;
        var last = output[(output.AsSpan().LastIndexOfAny('/', '\\', ':') + 1)..];
        var remedy = last is "" or "." or ".." || last.Any(char.IsControl) ? "" : $", such as {Quote.One(last)}";
        throw CommandException.Unreadable(
            $"output is {Quote.One(output)}: give a plain file name{remedy}. The folder is the application's storage directory and cannot be chosen by a client.");
    }

    private static RecordingFormat? FormatOfExtension(string? fileName) =>
        Path.GetExtension(fileName) is { Length: > 1 } extension ? RecordingFormatNames.Find(extension[1..]) : null;

    private object? Value(string key) => input.Options.GetValueOrDefault(key);

    private static CommandException Unreadable(string key, object? value, string expected) =>
        CommandException.Unreadable($"{key} is {CommandInput.Describe(value)}; it must be {expected}.");
}
