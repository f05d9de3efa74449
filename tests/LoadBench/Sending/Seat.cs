namespace Tapedeck.LoadBench;

/// <summary>A place among the publishers that a pump serves; who sits there may change.</summary>
/// <param name="name">Of the stream.</param>
/// <param name="application">Where it is published; null for a sink.</param>
internal sealed class Seat(string name, string? application)
{
    private volatile Publisher? _publisher;

    public string Name => name;

    public string? Application => application;

    /// <summary>Milliseconds on the feed's clock at which the publisher begins; set before it sits down.</summary>
    public long Begins { get; set; }

    /// <summary>Milliseconds on the feed's clock at which it leaves.</summary>
    public long Leaves { get; set; } = long.MaxValue;

    /// <summary>Null while one has gone and the next has not come. Only the pump takes it away, only the turnover puts one there.</summary>
    public Publisher? Publisher
    {
        get => _publisher;
        set => _publisher = value;
    }
}
