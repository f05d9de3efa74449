using Microsoft.Extensions.Logging;
using Tapedeck.Modules;
using Tapedeck.Steps;

namespace Tapedeck.S3Upload;

/// <summary>
/// Uploads each finished file to S3, to a store that speaks its protocol, to OSS or to another folder, as Wowza's module of this name did: durably, verified, and without
/// sending twice what has arrived.
/// </summary>
[ModuleAlias("com.wowza.wms.plugin.s3upload.ModuleS3Upload")]
public sealed partial class S3UploadModule : IModuleOnStep, IModuleOnApp, IAsyncDisposable
{
    /// <summary>The kind of its steps.</summary>
    public const string Kind = "s3-upload";

    private readonly S3UploadOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly UploadWindow _window;
    private readonly KeyTemplate _template;
    private readonly List<IUploadTarget> _targets = [];
    private readonly List<string> _problems = [];
    private readonly CancellationTokenSource _stopping = new();
    private Task _checks = Task.CompletedTask;

    /// <param name="options">The properties.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    public S3UploadModule(S3UploadOptions options, TimeProvider time, ILogger<S3UploadModule> logger)
    {
        (_options, _time, _logger) = (options, time, logger);
        _window = UploadWindow.Parse(options.Window, options.TimeZone, time, _problems);
        _template = KeyTemplate.Parse(options.FilePrefix is { Length: > 0 } prefix ? prefix + "/" + options.Key : options.Key, "s3UploadKey or s3UploadFilePrefix", _problems);
        var traits = ObjectTraits.Read(options, _problems);
        var bandwidth = new Bandwidth(options.BandwidthBytes, time);
        foreach (var settings in new[] { TargetSettings.Primary(options), TargetSettings.Fallback(options) }.OfType<TargetSettings>())
        {
            _problems.AddRange(settings.Problems);
            _targets.Add(settings.Type == UploadTargetType.Fs
                ? new FolderTarget(settings, options, bandwidth)
                : new S3Target(settings, options, traits, bandwidth, _window, time, logger));
        }
    }

    /// <inheritdoc />
    public IReadOnlyList<StepKind> StepKinds => [new StepKind(Kind) { Concurrency = _options.Concurrency, Timeout = _options.Timeout }];

    /// <inheritdoc />
    public IReadOnlyList<StepDefinition> DefaultSteps => [new StepDefinition(Kind)];

    private bool DeletesOriginal => _options.DeletOriginalFiles ?? _options.DeleteOriginalFiles;

    /// <inheritdoc />
    public string? CheckStep(StepDefinition definition)
    {
        var problems = new List<string>(_problems);
        if (definition.Argument is { } argument)
            KeyTemplate.Parse(argument, definition.ToString(), problems);
        if (definition.On is StepEvent.RecordingStarted or StepEvent.FileOpened or StepEvent.RecordingEnded)
            problems.Add($"{definition} waits for {definition.On}; files are uploaded on FileClosed");
        problems.AddRange(definition.Options.Keys.Select(name => $"{definition} has no option '{name}'; set properties of the application instead, such as s3UploadBucketName"));
        return problems.Count == 0 ? null : string.Join("; ", problems);
    }

    /// <summary>Looks for the buckets in the background, and says in the log what is wrong.</summary>
    public ValueTask OnAppStartAsync(CancellationToken cancellationToken)
    {
        foreach (var problem in _problems)
            LogProblem(_logger, problem);
        if (_options.CheckBucket && _problems.Count == 0)
            _checks = Task.WhenAll(_targets.Select(CheckAsync));
        return default;
    }

    /// <inheritdoc />
    public async ValueTask<StepResult> RunStepAsync(StepCall step, CancellationToken cancellationToken)
    {
        if (CheckStep(step.Definition) is { } problem)
            return StepResult.Wait(problem, TimeSpan.FromMinutes(5));
        if (step.File is null)
            return StepResult.Fail($"{step.Definition} uploads files, and this event has none; list it for FileClosed");
        var progress = UploadProgress.Read(step.Progress);
        if (progress.Uploaded is null)
        {
            if (WaitingFor(step) is { } wait)
                return wait;
            var target = Choose(progress);
            try
            {
                progress.Uploaded = await UploadAsync(step, target, progress, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                throw;
            }
            catch (UploadWaitException e)
            {
                return StepResult.Wait(e.Message, e.After);
            }
            catch (Exception e)
            {
                return await FailedAsync(step, target, progress, e, cancellationToken);
            }

            foreach (var other in _targets.Where(t => t != target))
                await other.AbandonAsync(progress.For(other.Settings.Identity), cancellationToken);
        }

        if (DeletesOriginal)
        {
            // First that it is there, then the deletion: killed between the two, the next attempt knows.
            await step.SaveProgressAsync(progress.Write(), cancellationToken);
            await step.DeleteFileAsync(cancellationToken);
        }

        return StepResult.Done(progress.Uploaded);
    }

    /// <summary>Ends the look for the buckets and closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _checks;
        foreach (var target in _targets)
            target.Dispose();
        _stopping.Dispose();
    }

    private async Task<string> UploadAsync(StepCall step, IUploadTarget target, UploadProgress progress, CancellationToken cancellationToken)
    {
        using var file = LocalFile.Open(step.File!.Path);
        var template = step.Definition.Argument is { } argument ? KeyTemplate.Parse(argument, "", []) : _template;
        var key = template.Expand(step.Recording, step.File);
        if (target.Settings.Type != UploadTargetType.Fs)
            key = ObjectName.Clean(target.Settings.Root + "/" + key);
        if (key.Length == 0)
            throw new UploadFailedException("s3UploadKey gives an empty name for this file; correct it");
        var own = progress.For(target.Settings.Identity);
        var job = new UploadJob(step, file, key, own, token =>
        {
            own.Failures = 0;
            return step.SaveProgressAsync(progress.Write(), token);
        });
        var begun = _time.GetTimestamp();
        var location = await target.UploadAsync(job, cancellationToken);
        LogUploaded(_logger, step.File.Path, location, file.Length, _time.GetElapsedTime(begun));
        return location;
    }

    private async ValueTask<StepResult> FailedAsync(StepCall step, IUploadTarget target, UploadProgress progress, Exception exception, CancellationToken cancellationToken)
    {
        // The catalog's message names its own remedy, and is no fault of the destination.
        if (exception is StepException)
            return StepResult.Retry(exception.Message);
        progress.For(target.Settings.Identity).Failures++;
        try
        {
            await step.SaveProgressAsync(progress.Write(), cancellationToken);
        }
        catch (StepException)
        {
            // The count is less important than the reason below.
        }

        var reason = target.Explain(exception);
        if (exception is UploadFailedException || !_options.RestartFailedUploads)
            return StepResult.Fail(reason);
        return StepResult.Retry(reason, _options.RestartFailedUploadTimeout);
    }

    /// <summary>The first destination until it failed so many times in a row; then both in turn, the second first, and for as long as it gets on.</summary>
    private IUploadTarget Choose(UploadProgress progress)
    {
        if (_targets.Count == 1)
            return _targets[0];
        var first = progress.For(_targets[0].Settings.Identity).Failures;
        var second = progress.For(_targets[1].Settings.Identity).Failures;
        return second <= first - _options.FallbackAfter ? _targets[1] : _targets[0];
    }

    private StepResult? WaitingFor(StepCall step)
    {
        // Never longer than the delay itself: the clock may have been set back since.
        var young = step.At + _options.Delay - _time.GetUtcNow();
        if (young > _options.Delay)
            young = _options.Delay;
        if (young > TimeSpan.Zero)
            return StepResult.Wait($"the file is uploaded {_options.Delay:g} after it was closed (s3UploadDelay)", young);
        return _window.IsOpen ? null : StepResult.Wait("uploads run in the hours of s3UploadWindow", _window.UntilOpen());
    }

    private async Task CheckAsync(IUploadTarget target)
    {
        // The instance is not kept from starting.
        await Task.Yield();
        try
        {
            await target.CheckAsync(_stopping.Token);
        }
        catch (Exception e)
        {
            if (!_stopping.IsCancellationRequested)
                LogProblem(_logger, target.Explain(e));
        }
    }

    [LoggerMessage(LogLevel.Warning, "Uploads wait: {Problem}")]
    private static partial void LogProblem(ILogger logger, string problem);

    [LoggerMessage(LogLevel.Information, "{File} is uploaded to {Location}: {Bytes} bytes in {Time}")]
    private static partial void LogUploaded(ILogger logger, string file, string location, long bytes, TimeSpan time);
}
