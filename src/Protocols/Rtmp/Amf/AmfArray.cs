using System.Collections;

namespace Tapedeck.Protocols.Rtmp;

/// <summary>AMF3 vector kinds; everything else is <see cref="None"/>.</summary>
public enum AmfVector
{
    None,
    Int,
    UInt,
    Double,
    Object,
}

/// <summary>A strict (dense) array, or an AMF3 vector. Numbers of every kind are doubles.</summary>
public sealed class AmfArray : IReadOnlyList<object?>
{
    private readonly List<object?> _items = [];

    public AmfArray()
    {
    }

    public AmfArray(params IEnumerable<object?> items) => _items.AddRange(items);

    /// <summary>How AMF3 writes it; AMF0 knows only strict arrays.</summary>
    public AmfVector Vector { get; init; }

    public int Count => _items.Count;

    public object? this[int index] => _items[index];

    public void Add(object? item) => _items.Add(item);

    public IEnumerator<object?> GetEnumerator() => _items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
