using Tapedeck.Engine.Schedule;
using Tapedeck.Engine.Streams;
using Tapedeck.Host.Settings;
using Tapedeck.Recordings;

namespace Tapedeck.Host.Applications;

/// <summary>
/// How an application records, from its properties: ours (<c>recordingSplitDuration: 10min</c>), or those of Wowza's StreamRecorder
/// (<c>streamRecorderSegmentationType: duration</c> with <c>streamRecorderSegmentDuration</c> in milliseconds). Ours win.
/// </summary>
/// <param name="properties">Of the application.</param>
/// <param name="error">Takes what cannot be used, with its place.</param>
internal sealed partial class RecordingDefaults(ApplicationProperties properties, Action<SourceLocation, string> error)
{
    /// <summary>Wowza's own, every full minute: who asks for a schedule and gives none gets it there, too.</summary>
    private const string DefaultSchedule = "0 * * * * *";
    private static readonly TimeSpan LongestPreroll = TimeSpan.FromHours(1);

    private enum Segmentation { None, Duration, Size, Schedule }

    private enum IndexPlace { End, Front }

    public RecordingOptions Read()
    {
        var zone = Zone();
        var split = Split(zone);
        var naming = Naming(zone);
        return new RecordingOptions
        {
            ExistingFile = Value("recordingExistingFile", Value<ExistingFile>("streamRecorderVersioningOption")) ?? ExistingFile.Version,
            StartOnKeyFrame = Value<bool>("streamRecorderStartOnKeyFrame") ?? true,
            RecordData = Value<bool>("streamRecorderRecordData") ?? true,
            Split = split,
            CodecChange = Value<CodecChange>("recordingCodecChange"),
            Versioning = Versioning(naming),
            Naming = naming,
            MaxDuration = Positive("recordingMaxDuration", Value<TimeSpan>("recordingMaxDuration")),
            MaxBytes = Positive("recordingMaxBytes", Value<long>("recordingMaxBytes", isBytes: true)),
            Grace = Between("recordingGrace", TimeSpan.Zero, RecordingOptions.MaximumGrace, "0s ends a recording with its stream"),
            Tracks = Value<TrackSelection>("recordingTracks") ?? TrackSelection.All,
            Durability = Value<Durability>("recordingDurability"),
            Mp4 = new Mp4Options
            {
                IndexAtFront = Value<IndexPlace>("recordingMp4Index") == IndexPlace.Front,
                ExpectedDuration = Positive("recordingMp4ExpectedDuration", Value<TimeSpan>("recordingMp4ExpectedDuration")),
                WinQtCompat = Value<bool>("recordingWinQtCompat") ?? false,
            },
            Labels = Labels(),
        };
    }

    /// <summary>What streams keep of the past.</summary>
    public Preroll ReadPreroll()
    {
        var duration = Between("preroll", TimeSpan.Zero, LongestPreroll, "0s keeps nothing");
        var bytes = Positive("prerollBytes", Value<long>("prerollBytes", isBytes: true));
        return new Preroll(duration ?? TimeSpan.Zero, bytes ?? Preroll.DefaultBytes);
    }

    private TimeSpan? Between(string name, TimeSpan least, TimeSpan most, string remedy)
    {
        var value = Value<TimeSpan>(name);
        if (value is null || (value >= least && value <= most))
            return value;
        error(properties.Find(name)!.Location, $"{name} must be between {ValueText.Duration(least)} and {ValueText.Duration(most)}; {remedy}");
        return null;
    }

    private SplitOptions? Split(string? zone)
    {
        var duration = Positive("recordingSplitDuration", Value<TimeSpan>("recordingSplitDuration"));
        var bytes = Positive("recordingSplitBytes", Value<long>("recordingSplitBytes", isBytes: true));
        var schedule = Schedule("recordingSplitSchedule");
        switch (Value<Segmentation>("streamRecorderSegmentationType"))
        {
            case Segmentation.Duration:
                duration ??= SegmentDuration() ?? TimeSpan.FromMinutes(15);
                break;
            case Segmentation.Size:
                bytes ??= Positive("streamRecorderSegmentSize", Value<long>("streamRecorderSegmentSize")) ?? 10 * 1024 * 1024;
                break;
            case Segmentation.Schedule:
                schedule ??= Schedule("streamRecorderSegmentSchedule") ?? DefaultSchedule;
                break;
        }

        return duration is null && bytes is null && schedule is null
            ? null
            : new SplitOptions { Duration = duration, Bytes = bytes, Schedule = schedule, TimeZone = zone };
    }

    private TimeSpan? SegmentDuration()
    {
        const string Name = "streamRecorderSegmentDuration";
        if (Positive(Name, Value<long>(Name)) is not { } milliseconds)
            return null;
        if (milliseconds <= TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerMillisecond)
            return TimeSpan.FromMilliseconds(milliseconds);
        error(properties.Find(Name)!.Location, $"{Name}: '{milliseconds}' milliseconds are more than can be counted; write a smaller number");
        return null;
    }

    private string? Schedule(string name) => Text(name, static text => CronSchedule.Parse(text));

    /// <summary><c>room=3, kind=lecture</c></summary>
    private IReadOnlyDictionary<string, string> Labels()
    {
        const string Name = "recordingLabels";
        if (properties.Find(Name) is not { Value.Length: > 0 } property)
            return RecordingLabels.None;
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in property.Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                error(property.Location, $"{Name}: {ValueText.Quoted(part)} is no label; write key=value, key=value");
            else
                labels[part[..equals].TrimEnd()] = part[(equals + 1)..].TrimStart();
        }

        return labels;
    }

    private string? Zone() => Text("recordingTimeZone", static text => TimeZoneInfo.FindSystemTimeZoneById(text));

    /// <summary>A text that something must be able to read.</summary>
    private string? Text(string name, Func<string, object> read)
    {
        if (properties.Find(name) is not { Value.Length: > 0 } property)
            return null;
        try
        {
            read(property.Value);
            return property.Value;
        }
        catch (Exception e) when (e is FormatException or TimeZoneNotFoundException or InvalidTimeZoneException)
        {
            error(property.Location, $"{name}: {ValueText.Quoted(property.Value)} cannot be used; {e.Message}");
            return null;
        }
    }

    private T? Value<T>(string name, T? otherwise = null, bool isBytes = false)
        where T : struct
    {
        if (properties.Find(name) is not { Value.Length: > 0 } property)
            return otherwise;
        if (ValueConversion.TryConvert(new ValueForm(typeof(T), isBytes), property.Value, out var value, out var problem))
            return (T)value!;
        error(property.Location, $"{name}: {ValueText.Quoted(property.Value)} cannot be used; {problem}");
        return otherwise;
    }

    private TimeSpan? Positive(string name, TimeSpan? value) => Checked(name, value, value > TimeSpan.Zero);

    private long? Positive(string name, long? value) => Checked(name, value, value > 0);

    private T? Checked<T>(string name, T? value, bool isPositive)
        where T : struct
    {
        if (value is null || isPositive)
            return value;
        error(properties.Find(name)!.Location, $"{name} must be more than nothing; remove it to have no limit");
        return null;
    }
}
