using Tapedeck.Media;
using Tapedeck.Streams;

namespace Tapedeck.Engine.Streams;

/// <summary>The writing end of a <see cref="LiveStream"/>. One task; only <see cref="End"/> may come from elsewhere once that task has let go.</summary>
public sealed class StreamPublisher : IStreamPublisher
{
    private readonly LiveStream _stream;
    private readonly Action<LiveStream, StreamEndReason> _end;
    private static readonly TimeSpan HoldStep = TimeSpan.FromMilliseconds(1);
    private bool _isEnded;

    internal StreamPublisher(LiveStream stream, Action<LiveStream, StreamEndReason> end)
    {
        _stream = stream;
        _end = end;
    }

    /// <inheritdoc />
    public ILiveStream Stream => _stream;

    /// <inheritdoc />
    public Memory<byte> Lend(int length) => _isEnded ? new byte[length] : _stream.Log.Lend(length);

    /// <inheritdoc />
    public void Return(Memory<byte> lent)
    {
        if (!_isEnded)
            _stream.Log.Return(lent);
    }

    /// <inheritdoc />
    public void Append(in MediaFrame frame, Memory<byte> lent)
    {
        if (_isEnded)
            return;
        if (frame.Kind is FrameKind.Sample or FrameKind.Configuration)
            _stream.NoteTrack(frame.Track);
        _stream.Received(frame.Packet.Length);
        _stream.Log.Append(frame, lent);
    }

    /// <inheritdoc />
    public void Commit()
    {
        if (!_isEnded)
            _stream.Log.Commit();
    }

    /// <inheritdoc />
    public TimeSpan Slack => _isEnded ? TimeSpan.MaxValue : _stream.Log.Slack;

    /// <inheritdoc />
    public ValueTask PaceAsync() => _isEnded || !_stream.Log.MustHold() ? ValueTask.CompletedTask : new ValueTask(HoldAsync());

    /// <inheritdoc />
    public void SetMetadata(ReadOnlyMemory<byte> amf0) => _stream.SetMetadata(amf0);

    /// <inheritdoc />
    public void End(StreamEndReason reason)
    {
        if (_isEnded)
            return;
        _isEnded = true;
        _stream.Log.End();
        _end(_stream, reason);
    }

    private async Task HoldAsync()
    {
        do
            await Task.Delay(HoldStep, _stream.Log.Time);
        while (!_isEnded && _stream.Log.MustHold());
    }
}
