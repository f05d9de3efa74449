namespace Tapedeck.Protocols.Rtmp.Tests;

/// <summary>A sink that keeps what it was told, and checks the lending contract while it is at it.</summary>
internal sealed class Recorder : IMessageSink
{
    private readonly Dictionary<int, Memory<byte>> _lent = [];

    public List<(MessageHeader Header, byte[] Body)> Messages { get; } = [];

    public List<MessageHeader> Abandoned { get; } = [];

    public List<int> Asked { get; } = [];

    /// <summary>Bytes of the memory lent now.</summary>
    public long Outstanding { get; private set; }

    public long MostOutstanding { get; private set; }

    public Memory<byte> Lend(in MessageHeader header, int atLeast)
    {
        atLeast.ShouldBeGreaterThan(0);
        atLeast.ShouldBeLessThanOrEqualTo(header.Length);
        if (_lent.TryGetValue(header.ChunkStreamId, out var before))
        {
            atLeast.ShouldBeGreaterThan(before.Length);
            Outstanding -= before.Length;
        }
        Asked.Add(atLeast);
        Memory<byte> memory = new byte[atLeast];
        _lent[header.ChunkStreamId] = memory;
        Outstanding += atLeast;
        MostOutstanding = Math.Max(MostOutstanding, Outstanding);
        return memory;
    }

    public void OnMessage(in MessageHeader header, ReadOnlyMemory<byte> body)
    {
        body.Length.ShouldBe(header.Length);
        if (_lent.Remove(header.ChunkStreamId, out var lent))
        {
            Outstanding -= lent.Length;
            lent[..body.Length].Span.Overlaps(body.Span, out var offset).ShouldBeTrue();
            offset.ShouldBe(0);
        }
        Messages.Add((header, body.ToArray()));
    }

    public void OnAbandoned(in MessageHeader header, Memory<byte> lent)
    {
        _lent.Remove(header.ChunkStreamId, out var known).ShouldBeTrue();
        known.Equals(lent).ShouldBeTrue();
        Outstanding -= known.Length;
        Abandoned.Add(header);
    }
}
