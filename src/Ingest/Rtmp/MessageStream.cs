using System.Buffers;
using Tapedeck.Containers.Flv;
using Tapedeck.Media;
using Tapedeck.Protocols.Rtmp;
using Tapedeck.Recordings;
using Tapedeck.Streams;

namespace Tapedeck.Ingest.Rtmp;

/// <summary>
/// One message stream of a connection (createStream): idle, publishing or playing. Media of a publishing one goes into the stream's log:
/// the body already lies in the log's memory, here it is only described. Used by the connection's task alone.
/// </summary>
internal sealed class MessageStream(uint id) : IFrameSink
{
    private const byte ShortString = 2; // AMF0 marker

    private FlvPacketParser? _parser;
    private RtmpClock _clock;
    private Memory<byte> _loan;

    public uint Id { get; } = id;

    public IStreamPublisher? Publisher { get; private set; }

    /// <summary>The recording that goes with the stream because the application records it.</summary>
    public IRecording? Recording { get; private set; }

    public RtmpPlayer? Player { get; set; }

    /// <summary>True once publish was refused or ended: media still on its way is dropped without a word.</summary>
    public bool WasPublished { get; private set; }

    /// <summary>Why data messages were dropped; the stream goes on without them.</summary>
    public string? BrokenData { get; private set; }

    public void Publish(IStreamPublisher publisher, IRecording? recording)
    {
        Publisher = publisher;
        Recording = recording;
        WasPublished = true;
        _parser = new FlvPacketParser(this);
        _clock = default;
    }

    public void RefusePublish() => WasPublished = true;

    /// <summary>Publishes no more; the caller ends the stream.</summary>
    public void EndPublish()
    {
        Publisher = null;
        Recording = null;
        _parser = null;
    }

    /// <summary>Takes a media or data message whose body lies in <paramref name="loan"/>, or is immutable when that is empty.</summary>
    public void Media(in MessageHeader header, ReadOnlyMemory<byte> body, Memory<byte> loan, RtmpLimits limits)
    {
        _loan = loan;
        var time = _clock.Unwrap(header.Timestamp);
        switch (header.Type)
        {
            case MessageType.Video:
                _parser!.Video(time, body);
                break;
            case MessageType.Audio:
                _parser!.Audio(time, body);
                break;
            case MessageType.DataAmf0 or MessageType.DataAmf3:
                try
                {
                    Data(header.Type, time, body, limits);
                }
                catch (RtmpProtocolException e)
                {
                    // Unreadable metadata is no reason to lose a recording.
                    BrokenData = e.Message;
                }

                break;
        }

        _loan = default;
    }

    void IFrameSink.OnFrame(in MediaFrame frame) => Publisher!.Append(frame, _loan);

    private void Data(MessageType type, long time, ReadOnlyMemory<byte> body, RtmpLimits limits)
    {
        if (body.IsEmpty)
            return;
        var data = RtmpData.Parse(type, body.Span, limits);
        if (type == MessageType.DataAmf3 || body.Span[0] != ShortString)
        {
            // Selector byte, then AMF0 with AMF3 values inside, or a name in a rare form: written again as AMF0, which is what files and players know.
            var rewritten = new ArrayBufferWriter<byte>();
            data.Write(rewritten);
            body = rewritten.WrittenMemory;
            _loan = default;
        }

        if (data.Name == RtmpData.ClearDataFrame)
        {
            if (data.Handler == "onMetaData")
                Publisher!.SetMetadata(default);
            return;
        }

        if (data.Name == RtmpData.SetDataFrame)
            body = body[(3 + RtmpData.SetDataFrame.Length)..]; // marker, 16-bit length, the name itself
        if (body.IsEmpty)
            return;
        if (data.Handler == "onMetaData")
            Publisher!.SetMetadata(body);
        _parser!.Data(time, body);
    }
}
