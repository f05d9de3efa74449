using Microsoft.Extensions.Logging.Abstractions;
using Tapedeck.Engine.Naming;
using Tapedeck.Engine.Recording;
using Tapedeck.Modules;
using Tapedeck.Recordings;
using Tapedeck.Streams;

namespace Tapedeck.Engine.Tests.Recording;

/// <summary>A stream, a folder, a disk, and somebody who notes what is told.</summary>
internal sealed class RecordingBench : IRecordingObserver, IDisposable
{
    private readonly List<string> _told = [];
    private readonly List<IRecording> _ends = [];

    public TempFolder Folder { get; } = new();

    public FakeTimeProvider Time { get; } = new();

    /// <summary>Drives the recording instead, where a test needs its timers.</summary>
    public ManualTime? Clock { get; set; }

    public FileClaims Claims { get; } = new();

    public Volume Volume { get; private set; } = new("test", 16);

    public TestStream Stream { get; } = new();

    public TestContainer Container { get; set; } = new();

    /// <summary>A container as the host has it, instead of <see cref="Container"/>.</summary>
    public ContainerFormat? RealFormat { get; set; }

    public RecordingSettings Settings { get; set; } = new() { DiskPatience = TimeSpan.Zero };

    public Decision Decision { get; set; } = Decision.Allow;

    /// <summary>Answers instead of <see cref="Decision"/>, when it does.</summary>
    public Task<Decision>? Deciding { get; set; }

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
        var format = RealFormat ?? Container.Format;
        var values = new NameValues { Stream = Stream.Stream.Name, BaseName = options.FileName ?? Stream.Stream.Name, StartTime = Time.GetUtcNow() };
        target ??= FileTarget.Claim(Claims, new FileNames(Folder.Path, format.Extension, options, values), options.ExistingFile, Volume.Disk);
        var environment = new RecordingEnvironment(Settings, Clock ?? (TimeProvider)Time, NullLogger.Instance, this, _ => { }) { Claims = Claims };
        return new ActiveRecording(Stream.Stream.OpenReader(ActiveRecording.ReaderOptionsFor(Settings)), options, target, format, Volume, environment);
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

    /// <summary>Publishes to a recording that runs, and returns when its first file is there; the task completes with the recording.</summary>
    public async Task<(ActiveRecording Recording, Task Run)> StartAsync(Action publish)
    {
        var told = new TaskCompletionSource();
        OnTold = _ => told.TrySetResult();
        var recording = Prepare();
        var run = recording.RunAsync();
        publish();
        await told.Task.WaitAsync(Wait.Patience);
        return (recording, run);
    }

    /// <summary>Video and audio in turn, 25 of each a second.</summary>
    /// <param name="frames">How many.</param>
    /// <param name="length">Bytes of each.</param>
    /// <param name="from">Time of the first, in milliseconds; where the stream is when negative.</param>
    /// <param name="gop">Pictures from one key frame to the next; the first is one.</param>
    public void Publish(int frames, int length = 100, long from = -1, int gop = 25)
    {
        var start = from < 0 ? Stream.Next * 20 : from;
        for (var i = 0; i < frames; i++)
        {
            var time = start + (i * 20);
            if (i % 2 == 0)
                Stream.Video(time, key: i / 2 % gop == 0, length);
            else
                Stream.Audio(time, length);
        }
    }

    /// <summary>A real file of 4 s: sound in MPEG-TS.</summary>
    public Task<ActiveRecording> RecordTsAsync(string name)
    {
        RealFormat = ContainerFormat.Of(RecordingFormat.MpegTs);
        Stream.AudioTrack = TestTracks.Audio() with { Configuration = new byte[] { 0x11, 0x90 } };
        return RecordAsync(
            () =>
            {
                for (var i = 0; i < 200; i++)
                    Stream.Audio(i * 21);
            },
            new RecordingOptions { FileName = name });
    }

    public TestFile File(string name = "cam.test") => TestFile.Read(Folder[name]);

    public ValueTask<Decision> StartingAsync(ILiveStream stream, RecordingOptions options, CancellationToken cancellationToken) =>
        Deciding is { } deciding ? new(deciding) : ValueTask.FromResult(Decision);

    public void Started(IRecording recording) => Tell($"started {recording.State}");

    public void FileClosed(IRecording recording, RecordedFile file) => Tell($"closed {Path.GetFileName(file.Path)}");

    public void Warning(IRecording recording, string message) => Tell("warning " + message);

    /// <summary>Recordings whose end was told, in order.</summary>
    public IReadOnlyList<IRecording> Ends
    {
        get
        {
            lock (_told)
                return [.. _ends];
        }
    }

    public void Ended(IRecording recording)
    {
        lock (_told)
            _ends.Add(recording);
        Tell($"ended {recording.EndReason}");
    }

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
