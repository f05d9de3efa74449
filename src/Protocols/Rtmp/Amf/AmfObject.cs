using System.Collections;

namespace Tapedeck.Protocols.Rtmp;

/// <summary>
/// An AMF object, ECMA array or typed object: properties in the order written, found by ordinal name.
/// A name that occurs twice keeps its first place and its last value.
/// </summary>
public sealed class AmfObject : IEnumerable<KeyValuePair<string, object?>>
{
    private readonly OrderedDictionary<string, object?> _properties = new(StringComparer.Ordinal);

    /// <summary>Class of a typed object; null for an anonymous one.</summary>
    public string? ClassName { get; init; }

    /// <summary>Sent as ECMA array (AMF0 marker 8, AMF3 array with an associative part). Readers should accept both forms everywhere.</summary>
    public bool IsEcmaArray { get; init; }

    public int Count => _properties.Count;

    /// <summary>The value of a property; null when it is missing or AMF null.</summary>
    public object? this[string name]
    {
        get => _properties.GetValueOrDefault(name);
        set => _properties[name] = value;
    }

    /// <summary>Sets a property; an existing one is replaced.</summary>
    public void Add(string name, object? value) => _properties[name] = value;

    public bool TryGet(string name, out object? value) => _properties.TryGetValue(name, out value);

    public bool Contains(string name) => _properties.ContainsKey(name);

    /// <summary>The property when it is a string, else null.</summary>
    public string? GetString(string name) => this[name] as string;

    /// <summary>The property when it is a number, else null.</summary>
    public double? GetNumber(string name) => this[name] as double?;

    /// <summary>The property when it is an object or ECMA array, else null.</summary>
    public AmfObject? GetObject(string name) => this[name] as AmfObject;

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => _properties.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
