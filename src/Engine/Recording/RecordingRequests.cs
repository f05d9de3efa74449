using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Tapedeck.Engine.Catalog;
using Tapedeck.Engine.Naming;
using Tapedeck.Recordings;
using Tapedeck.Streams;

namespace Tapedeck.Engine.Recording;

/// <summary>
/// Requests of one application instance to record streams that need not exist yet. A request waits, starts with its stream from the first frame, and ends
/// with it, or, kept alive, waits for the next. Safe for use by any thread; publishers never wait here.
/// </summary>
/// <param name="start">Starts a recording with a reader that was opened already.</param>
/// <param name="environment">What all recordings share.</param>
/// <param name="catalog">Keeps those that outlive a restart; null: nobody does.</param>
internal sealed partial class RecordingRequests(
    Func<IStreamReader, RecordingOptions, Guid, Task<IRecording>> start, RecordingEnvironment environment, RecordingCatalog? catalog)
{
    private readonly ConcurrentDictionary<Guid, StandingRequest> _all = new();
    private readonly Lock _gate = new(); // against two that take the last place

    /// <summary>All that stand, oldest first.</summary>
    public IReadOnlyCollection<IRecordingRequest> All => [.. _all.Values.OrderBy(r => r.CreatedAt).ThenBy(r => r.Id)];

    /// <summary>Makes a request. Returns when it is kept, if it is to be.</summary>
    /// <param name="address">What to record, when it is there.</param>
    /// <param name="options">How.</param>
    /// <param name="terms">How long it stands.</param>
    /// <param name="live">Finds the stream when it is live already.</param>
    /// <exception cref="RecordingException">The name or the options cannot be used, or there are too many requests.</exception>
    public async Task<IRecordingRequest> AddAsync(StreamAddress address, RecordingOptions options, RequestTerms terms, Func<string, ILiveStream?> live)
    {
        Check(address.Stream, options);
        var request = new StandingRequest(Guid.CreateVersion7(), address.Stream, options, terms, environment.Time.GetUtcNow());
        if (terms.Persist && catalog is null)
            throw new RecordingException(RecordingRefusal.Unavailable, "There is no catalog that could keep the request over a restart; ask without persist.");
        lock (_gate)
        {
            if (_all.Count >= environment.Settings.MaximumRequests)
                throw new RecordingException(RecordingRefusal.TooManyRequests, $"{_all.Count} requests to record stand already in {address.Application}/{address.Instance}, which is the limit (setting recording.maximumRequests); cancel some.");
            _all[request.Id] = request;
        }

        if (terms.Persist)
            await environment.Journal.KeepRequestAsync(address, request);
        LogRequested(environment.Logger, address.Application, address.Instance, address.Stream, terms.KeepAlive, terms.Persist);
        // It stands before this look: a stream that begins meanwhile is seen there or here.
        if (live(address.Stream) is { } stream)
            TryStart(request, stream);
        return request;
    }

    /// <summary>Takes up what the host before kept.</summary>
    public async Task LoadAsync(string application, string instance, CancellationToken cancellationToken)
    {
        if (catalog is null)
            return;
        try
        {
            foreach (var kept in await catalog.RequestsAsync(cancellationToken))
            {
                if (kept.Address.Application != application || kept.Address.Instance != instance)
                    continue;
                if (RecordingJournal.ReadOptions(kept.Options) is not { } options)
                {
                    LogUnreadable(environment.Logger, kept.Id, kept.Address.Stream);
                    continue;
                }

                var terms = new RequestTerms { KeepAlive = kept.KeepAlive, Persist = true, Owner = kept.Owner };
                _all[kept.Id] = new StandingRequest(kept.Id, kept.Address.Stream, options, terms, kept.CreatedAt);
            }
        }
        catch (CatalogException e)
        {
            LogNotLoaded(environment.Logger, application, instance, e.Message);
        }

        if (!_all.IsEmpty)
            LogLoaded(environment.Logger, application, instance, _all.Count);
    }

    /// <summary>A stream has begun and nothing of it was received yet.</summary>
    /// <param name="stream">It.</param>
    /// <param name="continued">Recordings that go on with it by themselves.</param>
    public void StreamStarted(ILiveStream stream, IReadOnlyCollection<IRecording> continued)
    {
        foreach (var (_, request) in _all)
        {
            if (request.StreamName == stream.Name && (request.Recording is not { } present || !continued.Contains(present)))
                TryStart(request, stream);
        }
    }

    /// <summary>A recording has ended: a request that is not kept alive is done with, unless nothing came or the host stops.</summary>
    public void Ended(IRecording recording)
    {
        foreach (var (_, request) in _all)
        {
            if (request.Terms.KeepAlive || !ReferenceEquals(request.Recording, recording) || recording.EndReason == RecordingEndReason.Shutdown)
                continue;
            if (recording is { EndReason: RecordingEndReason.StreamEnded, Files.Count: 0 })
                request.Forget(recording.Stream);
            else
                _ = RemoveAsync(request);
        }
    }

    /// <summary>The request stands no more; what records for it goes on, and is known when this returns.</summary>
    public async Task CancelAsync(IRecordingRequest request)
    {
        if (!_all.TryGetValue(request.Id, out var standing))
            return;
        LogCancelled(environment.Logger, standing.StreamName);
        await RemoveAsync(standing);
        await standing.Starting;
    }

    private async Task RemoveAsync(StandingRequest request)
    {
        if (_all.TryRemove(request.Id, out _) && request.Terms.Persist)
            await environment.Journal.RemoveRequestAsync(request.Id);
    }

    private static void Check(string name, RecordingOptions options)
    {
        if (StorageName.Refusal(name) is { } refusal)
            throw new RecordingException(RecordingRefusal.BadName, refusal);
        _ = new SplitPolicy(options.Split, TimeProvider.System);
        _ = new FileNames("", "", options, new NameValues { BaseName = name }); // templates are read, or refused
    }

    /// <summary>The reader is opened at once, so that nothing is missed; everything that takes time happens beside the publisher.</summary>
    private void TryStart(StandingRequest request, ILiveStream stream)
    {
        if (!request.TryTake(stream))
            return;
        var reader = stream.OpenReader(ActiveRecording.ReaderOptionsFor(environment.Settings, request.Options.Preroll));
        request.Starting = Task.Run(() => StartAsync(request, reader));
    }

    private async Task StartAsync(StandingRequest request, IStreamReader reader)
    {
        var stream = reader.Stream;
        try
        {
            var recording = await start(reader, request.Options, request.Id);
            request.Started(stream, recording);
            if (recording.EndReason is not null)
                Ended(recording); // its end may have been told before
        }
        catch (Exception e)
        {
            reader.Dispose();
            request.Forget(stream);
            if (e is not RecordingException { Refusal: RecordingRefusal.NoSuchStream }) // it was gone before anything came
                LogNotStarted(environment.Logger, e is RecordingException ? null : e, stream, e.Message);
        }
    }

    [LoggerMessage(LogLevel.Information, "{Application}/{Instance}/{Stream} is to be recorded when it is there (each time: {KeepAlive}, after a restart too: {Persist})")]
    private static partial void LogRequested(ILogger logger, string application, string instance, string stream, bool keepAlive, bool persist);

    [LoggerMessage(LogLevel.Information, "The request to record {Stream} is cancelled")]
    private static partial void LogCancelled(ILogger logger, string stream);

    [LoggerMessage(LogLevel.Information, "{Application}/{Instance}: {Count} requests to record stand since before the start")]
    private static partial void LogLoaded(ILogger logger, string application, string instance, int count);

    [LoggerMessage(LogLevel.Error, "{Application}/{Instance}: the requests to record that were kept cannot be read now and do not stand: {Reason}")]
    private static partial void LogNotLoaded(ILogger logger, string application, string instance, string reason);

    [LoggerMessage(LogLevel.Error, "The request {Id} to record {Stream} cannot be read and does not stand; make it again")]
    private static partial void LogUnreadable(ILogger logger, Guid id, string stream);

    [LoggerMessage(LogLevel.Error, "{Stream} was to be recorded by a request, but is NOT: {Reason} The request stands; it is tried again when the stream returns")]
    private static partial void LogNotStarted(ILogger logger, Exception? exception, ILiveStream stream, string reason);
}
