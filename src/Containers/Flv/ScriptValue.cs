namespace Tapedeck.Containers.Flv;

/// <summary>What an AMF0 value is, as far as script data of media needs to know.</summary>
public enum ScriptKind
{
    /// <summary>Null, undefined, a reference, or something not read.</summary>
    Nothing,

    /// <summary>A double.</summary>
    Number,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>String, long string or XML text.</summary>
    Text,

    /// <summary>Object, typed object or ECMA array.</summary>
    Object,

    /// <summary>Strict array of anything.</summary>
    List,

    /// <summary>Strict array of numbers only: kept flat, because an index of key frames may have thousands.</summary>
    Numbers,

    /// <summary>Milliseconds since 1970, as a number.</summary>
    Date,
}

/// <summary>One AMF0 value.</summary>
public sealed class ScriptValue
{
    private static readonly Dictionary<string, ScriptValue> NoProperties = [];

    internal ScriptValue(ScriptKind kind, int offset, double number = 0)
    {
        Kind = kind;
        Offset = offset;
        Number = number;
    }

    /// <summary>Which of the other properties has the value.</summary>
    public ScriptKind Kind { get; }

    /// <summary>Where the value's type marker stands, in bytes from the beginning of the body; a number's 8 bytes follow it.</summary>
    public int Offset { get; }

    /// <summary>Bytes of the value with its marker.</summary>
    public int Length { get; internal set; }

    /// <summary>False for an object that the end of the body ended.</summary>
    internal bool IsClosed { get; init; } = true;

    /// <summary>Of a number or date.</summary>
    public double Number { get; }

    /// <summary>Of a boolean.</summary>
    public bool Boolean => Kind == ScriptKind.Boolean && Number != 0;

    /// <summary>Of a text, otherwise empty.</summary>
    public string Text { get; internal init; } = "";

    /// <summary>Of an object; a name that comes twice has its last value.</summary>
    public IReadOnlyDictionary<string, ScriptValue> Properties { get; internal init; } = NoProperties;

    /// <summary>Of a list.</summary>
    public IReadOnlyList<ScriptValue> Items { get; internal init; } = [];

    /// <summary>Of an array of numbers.</summary>
    public double[] Numbers { get; internal init; } = [];

    /// <summary>The property, or null.</summary>
    public ScriptValue? this[string name] => Properties.GetValueOrDefault(name);
}
