using Tapedeck.Recordings;

namespace Tapedeck.LiveStreamRecord.Tests.Fakes;

internal sealed class FakeRequest(string streamName, RecordingOptions options, RequestTerms terms) : IRecordingRequest
{
    public Guid Id { get; } = Guid.NewGuid();

    public string StreamName => streamName;

    public RecordingOptions Options => options;

    public RequestTerms Terms => terms;

    public DateTimeOffset CreatedAt => DateTimeOffset.UnixEpoch;

    public IRecording? Recording { get; set; }
}
