using System.Buffers;
using Tapedeck.Protocols.Rtmp;
using Tapedeck.Streams;

namespace Tapedeck.Ingest.Rtmp;

/// <summary>
/// Takes messages from the chunk reader. Media of a live stream is handled at once, inside the receive; commands, which may have to wait
/// for modules, and whatever comes behind them are kept until the receive is through, in order. Used by the connection's task alone.
/// </summary>
internal sealed class MessageIntake(Func<uint, IStreamPublisher?> publisherOf, MessageIntake.MediaHandler media, Action<MessageHeader, ReadOnlyMemory<byte>> control) : IMessageSink
{
    private readonly Dictionary<int, Loan> _loans = [];
    private readonly Queue<(MessageHeader Header, byte[] Body)> _deferred = new();
    private readonly List<(IStreamPublisher Publisher, StreamEndReason Reason)> _ending = [];
    private Loan _outgrown;

    /// <summary>Takes a media message; the loan is empty when the body lies elsewhere.</summary>
    public delegate void MediaHandler(in MessageHeader header, ReadOnlyMemory<byte> body, Memory<byte> loan);

    private readonly record struct Loan(IStreamPublisher? Publisher, Memory<byte> Memory, byte[]? Rented);

    /// <summary>Messages wait for <see cref="TryTake"/>.</summary>
    public bool HasDeferred => _deferred.Count > 0;

    /// <summary>The next message that had to wait.</summary>
    public bool TryTake(out MessageHeader header, out ReadOnlyMemory<byte> body)
    {
        var any = _deferred.TryDequeue(out var message);
        (header, body) = any ? (message.Header, (ReadOnlyMemory<byte>)message.Body) : default;
        return any;
    }

    public Memory<byte> Lend(in MessageHeader header, int atLeast)
    {
        GiveBackOutgrown();
        if (_loans.Remove(header.ChunkStreamId, out var before))
            _outgrown = before; // its content is copied after this returns

        var publisher = _deferred.Count == 0 ? publisherOf(header.StreamId) : null;
        Loan loan;
        if (publisher is not null)
        {
            loan = new Loan(publisher, publisher.Lend(atLeast), null);
        }
        else
        {
            var rented = ArrayPool<byte>.Shared.Rent(atLeast);
            loan = new Loan(null, rented, rented);
        }

        _loans[header.ChunkStreamId] = loan;
        return loan.Memory;
    }

    public void OnMessage(in MessageHeader header, ReadOnlyMemory<byte> body)
    {
        GiveBackOutgrown();
        _loans.Remove(header.ChunkStreamId, out var loan);
        try
        {
            if (header.Type <= MessageType.SetPeerBandwidth)
                control(header, body);
            else if (IsMedia(header.Type) && _deferred.Count == 0)
                Media(header, body, loan);
            else
                _deferred.Enqueue((header, body.ToArray()));
        }
        finally
        {
            GiveBack(loan);
        }
    }

    public void OnAbandoned(in MessageHeader header, Memory<byte> lent)
    {
        GiveBackOutgrown();
        if (_loans.Remove(header.ChunkStreamId, out var loan))
            GiveBack(loan);
    }

    /// <summary>
    /// Ends a stream: at once, or as soon as the message is complete or dropped whose first part lies in the log already. The log gives its
    /// memory away when it ends, and the rest of that message would be written into somebody else's.
    /// </summary>
    public void End(IStreamPublisher publisher, StreamEndReason reason)
    {
        if (HasLoanOf(publisher))
            _ending.Add((publisher, reason));
        else
            publisher.End(reason);
    }

    /// <summary>True for audio, video, data and aggregates.</summary>
    public static bool IsMedia(MessageType type) =>
        type is MessageType.Audio or MessageType.Video or MessageType.DataAmf0 or MessageType.DataAmf3 or MessageType.Aggregate;

    private void Media(in MessageHeader header, ReadOnlyMemory<byte> body, in Loan loan)
    {
        var publisher = publisherOf(header.StreamId);
        if (publisher is not null && publisher != loan.Publisher)
            media(header, body.ToArray(), default); // begun before publish was carried out: the log cannot keep memory that goes elsewhere
        else
            media(header, body, publisher is null ? default : loan.Memory);
    }

    private void GiveBackOutgrown()
    {
        if (_outgrown.Memory.IsEmpty)
            return;
        var loan = _outgrown;
        _outgrown = default;
        GiveBack(loan);
    }

    private void GiveBack(Loan loan)
    {
        if (loan.Rented is not null)
            ArrayPool<byte>.Shared.Return(loan.Rented);
        if (loan.Publisher is null)
            return;
        loan.Publisher.Return(loan.Memory);
        if (_ending.Count == 0 || HasLoanOf(loan.Publisher))
            return;
        var at = _ending.FindIndex(e => e.Publisher == loan.Publisher);
        if (at < 0)
            return;
        loan.Publisher.End(_ending[at].Reason);
        _ending.RemoveAt(at);
    }

    private bool HasLoanOf(IStreamPublisher publisher)
    {
        if (_outgrown.Publisher == publisher)
            return true;
        foreach (var loan in _loans.Values)
        {
            if (loan.Publisher == publisher)
                return true;
        }

        return false;
    }
}
