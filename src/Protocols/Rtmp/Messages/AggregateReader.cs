namespace Tapedeck.Protocols.Rtmp;

// The body of an aggregate message (type 22) is a run of FLV tags:
//  type(1) size(3) timestamp(3) timestamp high byte(1) stream id(3) · data(size) · back pointer(4)

/// <summary>
/// Walks over the messages inside an aggregate message: <c>while (reader.MoveNext()) … reader.Current</c>. Timestamps are
/// re-based so that the first has that of the aggregate. A truncated tail ends the walk; tags other than audio, video and data
/// (so also an aggregate inside) are passed over.
/// </summary>
public ref struct AggregateReader
{
    private const int TagHeader = 11;
    private const int BackPointer = 4;

    private readonly MessageHeader _outer;
    private readonly ReadOnlySpan<byte> _body;
    private int _at;
    private uint _offset;
    private bool _hasOffset;

    public AggregateReader(in MessageHeader header, ReadOnlySpan<byte> body)
    {
        _outer = header;
        _body = body;
    }

    /// <summary>Header of the message inside; chunk stream and message stream are those of the aggregate.</summary>
    public MessageHeader Current { get; private set; }

    /// <summary>Where the body of <see cref="Current"/> starts in the aggregate's body, in bytes.</summary>
    public int Start { get; private set; }

    public readonly ReadOnlySpan<byte> Body => _body.Slice(Start, Current.Length);

    public bool MoveNext()
    {
        while (_body.Length - _at >= TagHeader + BackPointer)
        {
            var tag = _body[_at..];
            var size = tag[1] << 16 | tag[2] << 8 | tag[3];
            if (size > tag.Length - TagHeader - BackPointer) break;
            var time = (uint)(tag[7] << 24 | tag[4] << 16 | tag[5] << 8 | tag[6]);
            if (!_hasOffset)
            {
                _offset = _outer.Timestamp - time;
                _hasOffset = true;
            }
            Start = _at + TagHeader;
            _at = Start + size + BackPointer;
            var type = (MessageType)tag[0];
            if (type is not (MessageType.Audio or MessageType.Video or MessageType.DataAmf0 or MessageType.DataAmf3)) continue;
            Current = _outer with { Type = type, Timestamp = time + _offset, Length = size };
            return true;
        }
        _at = _body.Length;
        return false;
    }
}
