using Tapedeck.Connections;
using Tapedeck.Media;
using Tapedeck.Streams;

namespace Tapedeck.LiveStreamRecord.Tests.Fakes;

internal sealed class FakeStream(string name, IClientConnection publisher) : ILiveStream
{
    private readonly TaskCompletionSource<StreamEndReason> _ended = new();

    public string Name => name;

    public string Application => "live";

    public string Instance => "_definst_";

    public IClientConnection Publisher => publisher;

    public DateTimeOffset StartedAt => DateTimeOffset.UnixEpoch;

    public IReadOnlyList<Track> Tracks { get; set; } = [];

    public ReadOnlyMemory<byte> Metadata => default;

    public Task<StreamEndReason> Ended => _ended.Task;

    public long BytesReceived => 0;

    public bool IsWatched => false;

    public IStreamReader OpenReader(ReaderOptions options) => throw new NotSupportedException();

    public void End() => _ended.TrySetResult(StreamEndReason.Unpublished);
}
