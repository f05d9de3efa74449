using System.Globalization;
using Tapedeck.Engine.Naming;
using Tapedeck.Media;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Recording;

/// <summary>
/// What the files of a recording may be called: a row of candidates, of which the first free one is taken. Touches no disk; every name goes
/// through <see cref="StorageName"/>. Immutable.
/// <code>
///               plain   candidates                         an older file of the plain name
///   Number      -       name, name_1, name_2, …            stays
///   RenameOld   name    name_1, name_2, …                  becomes name_1, name_2, … (or name_0, …)
///   Stamp       name    name_2026-01-01-…_0, _1, …         stays; no plain name where the recording is split
///   Parts       -       name_part0000, name_part0001, …    stays
/// </code>
/// </summary>
internal sealed record FileNames
{
    private const int PartReserve = 12; // "_part9999999"

    /// <summary>Nobody has so many files: a name that was cut to a length has lost its number, and gets one behind.</summary>
    private const int NoSuchNumber = 1 << 24;
    private static readonly string[] TrackVariables = ["videoCodec", "audioCodec"];

    private readonly string _root;
    private readonly string _extension;
    private readonly FileVersioning _versioning;
    private readonly bool _splits;
    private readonly NameTemplate? _template;
    private readonly NameTemplate? _stamp;
    private NameValues _values;

    /// <summary>Names that are plainly what was asked for, with numbers.</summary>
    public FileNames(string root, string name, string extension)
        : this(root, extension, new RecordingOptions(), new NameValues { BaseName = name })
    {
    }

    /// <param name="root">Absolute storage directory.</param>
    /// <param name="extension">With its dot.</param>
    /// <param name="options">Of the recording.</param>
    /// <param name="values">For templates; the base name is the one that was asked for.</param>
    /// <exception cref="RecordingException">A template or the zone is wrong.</exception>
    public FileNames(string root, string extension, RecordingOptions options, NameValues values)
    {
        _root = root;
        _extension = extension;
        _versioning = options.Versioning;
        _splits = options.Split is not null;
        _values = values;
        var naming = options.Naming;
        if (options.FileName is null && naming.Template is not null)
            _template = Parse(naming.Template, naming);
        else if (naming.Encoding != NameEncoding.None || naming.Remove.Length > 0)
            _template = Parse("{baseName}", naming);
        if (_versioning == FileVersioning.Stamp)
            _stamp = Parse(naming.StampTemplate ?? "{baseName}_{startTime}_{sequence}", naming with { Encoding = NameEncoding.None });
        if (_template is not null && values.BaseName.EndsWith(extension, StringComparison.OrdinalIgnoreCase) && values.BaseName.Length > extension.Length)
            _values = values with { BaseName = values.BaseName[..^extension.Length] };
    }

    /// <summary>The folder that nothing leaves.</summary>
    public string Root => _root;

    /// <summary>A name that is taken before all others when it is free; null: there are only the candidates.</summary>
    public string? Plain => _versioning switch
    {
        FileVersioning.RenameOld or FileVersioning.RenameOldFromZero => Resolve(Name(0), "", StorageName.VersionReserve),
        FileVersioning.Stamp when !_splits => Resolve(Name(0), "", StorageName.VersionReserve),
        _ => null,
    };

    /// <summary>Whether an older file makes room for the new one.</summary>
    public bool RenamesOlder => _versioning is FileVersioning.RenameOld or FileVersioning.RenameOldFromZero;

    /// <summary>Number of the first name for older files.</summary>
    public int OlderFrom => _versioning == FileVersioning.RenameOldFromZero ? 0 : 1;

    /// <summary>Whether candidates count something of the recording, so that its files count on whatever else changes in their names.</summary>
    public bool Counts => _versioning is FileVersioning.Parts or FileVersioning.Stamp || _template?.Uses("sequence") == true;

    /// <summary>Each part has a name of its own from the first on: overwriting goes part by part.</summary>
    public bool AreParts => _versioning == FileVersioning.Parts;

    /// <summary>Whether the name can be settled only when the tracks are known.</summary>
    public bool DependsOnTracks => Array.Exists(TrackVariables, v => _template?.Uses(v) == true || _stamp?.Uses(v) == true);

    /// <summary>Why the name that was asked for cannot be a file's; null when it can.</summary>
    public string? Refusal => StorageName.Refusal(Name(0));

    /// <summary>Whether files are called just as the name says, without an escape or a shortening.</summary>
    public bool IsLiteral => StorageName.IsLiteral(Name(0), _extension);

    /// <summary>The same for a file that begins now.</summary>
    public FileNames At(DateTimeOffset time, IReadOnlyList<Track> tracks) => this with { _values = _values.WithTracks(tracks) with { SegmentTime = time } };

    /// <summary>Absolute path of a candidate, from 0.</summary>
    public string Candidate(int number)
    {
        if (number >= NoSuchNumber)
            return Numbered(Name(0), number - NoSuchNumber + 1);
        switch (_versioning)
        {
            case FileVersioning.Parts:
                return Resolve(Name(0), "_part" + number.ToString("0000", CultureInfo.InvariantCulture), PartReserve);
            case FileVersioning.Stamp when _stamp!.Uses("sequence"):
                return Resolve(Stamped(number), "", StorageName.VersionReserve);
            case FileVersioning.Stamp:
                return Numbered(Stamped(0), number);
            case FileVersioning.Number when _template?.Uses("sequence") == true:
                return Resolve(Name(number), "", StorageName.VersionReserve);
            case FileVersioning.Number:
                return Numbered(Name(0), number);
            default:
                return Numbered(Name(0), number + 1);
        }
    }

    /// <summary>Absolute path that an older file of the plain name may get.</summary>
    public string Older(int number) => Resolve(Name(0), "_" + number.ToString(CultureInfo.InvariantCulture), StorageName.VersionReserve);

    private string Name(long sequence) => _template is null ? _values.BaseName : _template.Format(_values with { Sequence = sequence });

    private string Stamped(long sequence) => _stamp!.Format(_values with { BaseName = Name(0), Sequence = sequence });

    private string Numbered(string name, int number) =>
        Resolve(name, number == 0 ? "" : "_" + number.ToString(CultureInfo.InvariantCulture), StorageName.VersionReserve);

    private string Resolve(string name, string suffix, int reserve) => StorageName.Resolve(_root, name, _extension, suffix, reserve);

    private static NameTemplate Parse(string template, NamingOptions naming)
    {
        try
        {
            return NameTemplate.Parse(template, new NameTemplateOptions
            {
                Zone = naming.TimeZone is { } zone ? TimeZoneInfo.FindSystemTimeZoneById(zone) : TimeZoneInfo.Utc,
                Encoding = naming.Encoding,
                Remove = naming.Remove,
            });
        }
        catch (Exception e) when (e is FormatException or TimeZoneNotFoundException or InvalidTimeZoneException)
        {
            throw new RecordingException(RecordingRefusal.BadName, $"The name template '{template}' cannot be used: {e.Message}", e);
        }
    }
}
