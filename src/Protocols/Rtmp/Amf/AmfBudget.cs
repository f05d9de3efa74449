namespace Tapedeck.Protocols.Rtmp;

/// <summary>What is left of the depth and item limits of one message; shared by AMF0 and the AMF3 values inside it.</summary>
internal sealed class AmfBudget(RtmpLimits limits)
{
    private const int BytesPerItem = 1024;

    public int Items { get; private set; }

    public int Depth { get; private set; }

    /// <summary>Greatest depth since it was last lowered; the table uses it to learn the height of a value.</summary>
    public int Deepest { get; set; }

    public void Charge(int items)
    {
        if (items > limits.AmfMaxItems - Items)
            throw new RtmpProtocolException($"An AMF message has {(long)Items + items} values or more; the limit is {limits.AmfMaxItems}.");
        Items += items;
    }

    public void ChargeBytes(int bytes) => Charge(bytes / BytesPerItem);

    public void Enter()
    {
        Reach(1);
        Depth++;
    }

    public void Leave() => Depth--;

    /// <summary>Notes that something of this height hangs below the current depth.</summary>
    public void Reach(int height)
    {
        var reached = Depth + height;
        if (reached > limits.AmfMaxDepth)
            throw new RtmpProtocolException($"An AMF value is nested {reached} levels deep; the limit is {limits.AmfMaxDepth}.");
        Deepest = Math.Max(Deepest, reached);
    }
}
