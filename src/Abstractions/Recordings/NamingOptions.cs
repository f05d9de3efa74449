namespace Tapedeck.Recordings;

/// <summary>How a new file and an older one of the same name are told apart, where <see cref="ExistingFile.Version"/> is asked for. No file is ever lost by any of these.</summary>
public enum FileVersioning
{
    /// <summary>The new file takes the next free number: <c>name_1</c>, <c>name_2</c>, …, or the next free <c>{sequence}</c> of a template.</summary>
    Number,

    /// <summary>
    /// The newest recording keeps the plain name: the older file is renamed to the next free of <c>name_1</c>, <c>name_2</c>, … (Wowza's
    /// StreamRecorderSimpleFileVersionDelegate). Further files of one recording are numbered: a file that was announced keeps its name while its recording runs.
    /// </summary>
    RenameOld,

    /// <summary>The same, counted from <c>name_0</c> (Wowza's add-on 2.x).</summary>
    RenameOldFromZero,

    /// <summary>
    /// The new file is called after <see cref="NamingOptions.StampTemplate"/>, by default with the start time (Wowza's StreamRecorderFileVersionDelegate).
    /// A first recording that is not split has the plain name.
    /// </summary>
    Stamp,

    /// <summary>Every file is a part: <c>name_part0000</c>, <c>name_part0001</c>, …; a further recording counts on.</summary>
    Parts,
}

/// <summary>How characters of a name are written.</summary>
public enum NameEncoding
{
    /// <summary>As they are.</summary>
    None,

    /// <summary>The UTF-8 form in hexadecimal digits.</summary>
    Hex,

    /// <summary>The UTF-8 form in BASE64 with <c>-</c> and <c>_</c> and without padding (RFC 4648 section 5).</summary>
    Base64,
}

/// <summary>What files are called. An operator's, never a client's.</summary>
public sealed record NamingOptions
{
    /// <summary>Template of the name with folders, such as <c>{startTime:yyyy/MM/dd}/{stream}</c>; null: the name as it is. Used where no <see cref="RecordingOptions.FileName"/> is given.</summary>
    public string? Template { get; init; }

    /// <summary>Template of <see cref="FileVersioning.Stamp"/>; null: <c>{baseName}_{startTime}_{sequence}</c>.</summary>
    public string? StampTemplate { get; init; }

    /// <summary>Zone of times that name none, such as <c>Europe/Berlin</c>; null: UTC.</summary>
    public string? TimeZone { get; init; }

    /// <summary>How the whole name is written, folder by folder.</summary>
    public NameEncoding Encoding { get; init; }

    /// <summary>Characters that are taken out of the name, before it is encoded; slashes of folders stay.</summary>
    public string Remove { get; init; } = "";
}
