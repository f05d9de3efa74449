using Microsoft.Extensions.Logging.Abstractions;
using Tapedeck.Engine.Recording;
using Tapedeck.Modules;
using Tapedeck.Recordings;
using Tapedeck.Streams;

namespace Tapedeck.Engine.Tests.Recording;

/// <summary>A stream, a folder, a disk, and somebody who notes what is told.</summary>
internal sealed class RecordingBench : IRecordingObserver, IDisposable
{
    private readonly List<string> _told = [];

    public TempFolder Folder { get; } = new();

    public FakeTimeProvider Time { get; } = new();

    /// <summary>Drives the recording instead, where a test needs its timers.</summary>
    public Catalog.ManualTime? Clock { get; set; }

    public FileClaims Claims { get; } = new();

    public Volume Volume { get; private set; } = new("test", 16);

    public TestStream Stream { get; } = new();

    public TestContainer Container { get; set; } = new();

    /// <summary>A container as the host has it, instead of <see cref="Container"/>.</summary>
    public ContainerFormat? RealFormat { get; set; }

    public RecordingSettings Settings { get; set; } = new() { DiskPatience = TimeSpan.Zero };

    public Decision Decision { get; set; } = Decision.Allow;

    public Action<string> OnTold { get; set; } = _ => { };

    public string[] Told
    {
        get
        {
            lock (_told)
                return [.. _told];
        }
    }

    /// <summary>Records to a disk in memory instead of the folder.</summary>
    public MemoryDisk UseMemory()
    {
        var disk = new MemoryDisk();
        Volume.Dispose();
        Volume = new Volume("test", 16, disk);
        return disk;
    }

    /// <summary>What is to be recorded lies in the log before the recording's task first looks.</summary>
    public ActiveRecording Prepare(RecordingOptions? options = null, FileTarget? target = null)
    {
        options ??= new RecordingOptions();
        target ??= FileTarget.Claim(Claims, Folder.Path, options.FileName ?? Stream.Stream.Name, (RealFormat ?? Container.Format).Extension, options.ExistingFile, Volume.Disk);
        var environment = new RecordingEnvironment(Settings, Clock ?? (TimeProvider)Time, NullLogger.Instance, this, _ => { });
        return new ActiveRecording(Stream.Stream, options, target, RealFormat ?? Container.Format, Volume, environment);
    }

    /// <summary>Publishes, ends the stream, and returns the recording of it when it has ended.</summary>
    public async Task<ActiveRecording> RecordAsync(Action publish, RecordingOptions? options = null)
    {
        var recording = Prepare(options);
        publish();
        Stream.End();
        await recording.RunAsync();
        return recording;
    }

    public TestFile File(string name = "cam.test") => TestFile.Read(Folder[name]);

    public ValueTask<Decision> StartingAsync(ILiveStream stream, RecordingOptions options, CancellationToken cancellationToken) => ValueTask.FromResult(Decision);

    public void Started(IRecording recording) => Tell($"started {recording.State}");

    public void FileClosed(IRecording recording, RecordedFile file) => Tell($"closed {Path.GetFileName(file.Path)}");

    public void Warning(IRecording recording, string message) => Tell("warning " + message);

    public void Ended(IRecording recording) => Tell($"ended {recording.EndReason}");

    public void Dispose()
    {
        Volume.Dispose();
        Folder.Dispose();
    }

    private void Tell(string what)
    {
        lock (_told)
            _told.Add(what);
        OnTold(what);
    }
}
