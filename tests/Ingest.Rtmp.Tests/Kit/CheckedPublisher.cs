using System.Collections.Concurrent;
using Tapedeck.Media;
using Tapedeck.Streams;

namespace Tapedeck.Ingest.Rtmp.Tests.Kit;

/// <summary>The real publisher, and a judge of how it is used: what the contract of <see cref="IStreamPublisher"/> forbids is noted.</summary>
internal sealed class CheckedPublisher(IStreamPublisher inner, ConcurrentQueue<string> violations) : IStreamPublisher
{
    private readonly List<Memory<byte>> _open = [];
    private bool _isEnded;
    private int _uncommitted;

    public ILiveStream Stream => inner.Stream;

    /// <summary>Loans so far.</summary>
    public int Lent { get; private set; }

    /// <summary>Commits that made frames visible, with the number of frames of each.</summary>
    public List<int> Commits { get; } = [];

    public Memory<byte> Lend(int length)
    {
        if (_isEnded)
            violations.Enqueue("Lend after End");
        var memory = inner.Lend(length);
        memory.Span.Fill(0xEE); // whoever keeps what was there before is found out
        _open.Add(memory);
        Lent++;
        return memory;
    }

    public void Return(Memory<byte> lent)
    {
        if (_isEnded)
            violations.Enqueue("Return after End: the log gave the memory away while somebody might still write to it");
        if (!_open.Remove(lent))
            violations.Enqueue("Return of what is not lent");
        inner.Return(lent);
    }

    public void Append(in MediaFrame frame, Memory<byte> lent)
    {
        if (_isEnded)
            violations.Enqueue("Append after End");
        if (!lent.IsEmpty && !_open.Contains(lent))
            violations.Enqueue("Append with a loan that is not open");
        if (!lent.IsEmpty && !frame.Packet.IsEmpty && !lent.Span.Overlaps(frame.Packet.Span))
            violations.Enqueue("Append of a frame that does not lie in its loan");
        _uncommitted++;
        inner.Append(frame, lent);
    }

    public void Commit()
    {
        if (_uncommitted > 0)
            Commits.Add(_uncommitted);
        _uncommitted = 0;
        inner.Commit();
    }

    public TimeSpan Slack => inner.Slack;

    public ValueTask PaceAsync() => inner.PaceAsync();

    public void SetMetadata(ReadOnlyMemory<byte> amf0) => inner.SetMetadata(amf0);

    public void End(StreamEndReason reason)
    {
        if (_open.Count > 0)
            violations.Enqueue($"End with {_open.Count} loans open");
        _isEnded = true;
        inner.End(reason);
    }
}
