using System.Collections.Concurrent;
using Tapedeck.Recordings;
using Tapedeck.Streams;

namespace Tapedeck.LiveStreamRecord.Tests.Fakes;

internal sealed class FakeRecorder : IRecorder
{
    private readonly ConcurrentQueue<FakeRecording> _started = new();
    private int _versions;

    /// <summary>All that were ever started, in order.</summary>
    public IReadOnlyList<FakeRecording> Started => [.. _started];

    public IReadOnlyCollection<IRecording> Active => [.. _started.Where(r => r.EndReason is null)];

    /// <summary>Those of the application.</summary>
    public RecordingOptions Defaults { get; set; } = new();

    public void SetLabel(IRecording recording, string key, string? value)
    {
        if (value is null)
            ((FakeRecording)recording).Labels.Remove(key);
        else
            ((FakeRecording)recording).Labels[key] = value;
    }

    /// <summary>The most recordings of one stream that ran at a time.</summary>
    public int MostAtATime { get; private set; }

    /// <summary>Thrown by the next start.</summary>
    public RecordingException? Refusal { get; set; }

    /// <summary>Happens after a recording was made and before the caller gets it.</summary>
    public Action<FakeRecording>? BeforeStartReturns { get; set; }

    /// <summary>What a start waits for.</summary>
    public Func<Task> StartDelay { get; set; } = () => Task.CompletedTask;

    /// <summary>What a stop does with a recording that runs; closes a file of 12.34 s unless told otherwise.</summary>
    public Func<FakeRecording, Task> OnStop { get; set; } = recording =>
    {
        recording.Write();
        recording.CloseFile();
        recording.End(RecordingEndReason.Stopped);
        return Task.CompletedTask;
    };

    public async ValueTask<IRecording> StartAsync(ILiveStream stream, RecordingOptions options, CancellationToken cancellationToken = default)
    {
        await StartDelay();
        if (Refusal is { } refusal)
            throw refusal;
        var format = options.Format ?? RecordingFormat.Mp4;
        var version = Interlocked.Increment(ref _versions) - 1;
        var path = $"/content/{options.FileName ?? stream.Name}{(version == 0 ? "" : "_" + version)}.{format.ToString().ToLowerInvariant()}";
        var recording = new FakeRecording(stream, options with { Format = format }, path);
        _started.Enqueue(recording);
        lock (_started)
            MostAtATime = Math.Max(MostAtATime, Active.Count(r => r.Stream == stream));
        BeforeStartReturns?.Invoke(recording);
        return recording;
    }

    public IReadOnlyCollection<IRecordingRequest> Requests => [.. _requests];

    private readonly List<FakeRequest> _requests = [];

    public ValueTask<IRecordingRequest> RequestAsync(string streamName, RecordingOptions options, RequestTerms terms, CancellationToken cancellationToken = default)
    {
        if (Refusal is { } refusal)
            throw refusal;
        var request = new FakeRequest(streamName, options, terms);
        _requests.Add(request);
        return new(request);
    }

    public ValueTask CancelAsync(IRecordingRequest request, CancellationToken cancellationToken = default)
    {
        _requests.Remove((FakeRequest)request);
        return default;
    }

    public void Split(IRecording recording) => throw new NotSupportedException();

    public void Pause(IRecording recording) => throw new NotSupportedException();

    public void Resume(IRecording recording) => throw new NotSupportedException();

    public async ValueTask StopAsync(IRecording recording, CancellationToken cancellationToken = default)
    {
        if (recording.EndReason is null)
            await OnStop((FakeRecording)recording);
    }
}
