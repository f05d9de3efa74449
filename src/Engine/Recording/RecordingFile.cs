using Microsoft.Win32.SafeHandles;
using Tapedeck.Containers;
using Tapedeck.Media;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Recording;

/// <summary>
/// One file of a recording: a container writer, the plan it fills and the handle the plan is carried out on. The file comes into being with
/// its first media, so that a recording without media leaves nothing behind. Used by the recording's task alone.
/// </summary>
internal sealed class RecordingFile : IDisposable
{
    private readonly Volume _volume;
    private readonly Durability _durability;
    private readonly DiskPlan _plan = new();
    private readonly FileTarget _target;
    private readonly ContainerFormat _format;
    private readonly ContainerContext _context;
    private readonly Func<RecordingFile, Task>? _beforeFirstByte;
    private SafeFileHandle? _handle;
    private IContainerWriter? _writer;
    private long _goodLength; // bytes that were there before, or were written whole

    public RecordingFile(
        FileTarget target, ContainerFormat format, ContainerContext context, Volume volume, Durability durability, Func<RecordingFile, Task>? beforeFirstByte = null)
    {
        _beforeFirstByte = beforeFirstByte;
        _target = target;
        _format = format;
        _context = context;
        _volume = volume;
        _durability = durability;
        if (!target.Continues)
            _writer = format.Create(context);
    }

    /// <summary>Unique for ever.</summary>
    public Guid Id { get; } = Guid.CreateVersion7();

    /// <summary>True when it goes on at the end of an older file.</summary>
    public bool Continues => _target.Continues;

    public string Path => _target.Path;

    public bool IsOpen => _handle is not null;

    /// <summary>Whether this recording has added anything.</summary>
    public bool HasMedia { get; private set; }

    public long Length => _writer?.Length ?? 0;

    public TimeSpan Duration => _writer?.Duration ?? TimeSpan.Zero;

    public DateTimeOffset StartedAt => _context.StartedAt;

    /// <summary>Whether a track can go into this file.</summary>
    public TrackVerdict Judge(Track track) => Writer.Judge(track);

    /// <summary>The container cannot take much more: the next file should begin.</summary>
    public bool MustEnd => Writer.MustEnd;

    public void Add(in MediaFrame frame)
    {
        HasMedia |= frame.Kind == FrameKind.Sample;
        Writer.Add(frame);
    }

    /// <summary>Opens an existing file to go on at its end; nothing to do for a new one.</summary>
    /// <exception cref="ContainerFormatException">It is not a file that can be continued.</exception>
    public async Task OpenExistingAsync()
    {
        if (!_target.Continues || _writer is not null)
            return;
        if (_beforeFirstByte is not null)
            await _beforeFirstByte(this);
        _writer = await _volume.RunAsync(() =>
        {
            RefuseLinks(_target.Path);
            _handle = File.OpenHandle(_target.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
            _goodLength = RandomAccess.GetLength(_handle);
            using var stream = new FileStream(new SafeFileHandle(_handle.DangerousGetHandle(), ownsHandle: false), FileAccess.Read, bufferSize: 64 * 1024);
            return _format.Continue(stream, _context, _plan);
        });
        await CarryOutAsync();
    }

    /// <summary>Puts everything added since the last time on the disk.</summary>
    public async Task WriteFragmentAsync(ReadOnlyMemory<MediaFrame> following)
    {
        Writer.CutFragment(_plan, following.Span);
        await CarryOutAsync();
    }

    /// <summary>Writes the index; afterwards the file does not change any more.</summary>
    public async Task FinishAsync()
    {
        Writer.Finish(_plan);
        // The index is always synced: a recording that was announced must survive the loss of power.
        await CarryOutAsync(finish: true);
        Dispose();
    }

    /// <summary>After a failed write: cuts off what was not written whole, as far as the disk lets us. A new file without content is removed.</summary>
    public async Task AbandonAsync()
    {
        if (_handle is not { } handle)
            return;
        try
        {
            await _volume.RunAsync(() =>
            {
                if (RandomAccess.GetLength(handle) > _goodLength)
                    RandomAccess.SetLength(handle, _goodLength);
                if (_goodLength == 0 && !_target.Continues)
                    File.Delete(_target.Path);
                return 0;
            });
        }
        catch (Exception)
        {
            // The tail is hidden from players by its own header; cutting it off is only tidier. The first error is the one that is told.
        }

        Dispose();
    }

    public void Dispose()
    {
        _handle?.Dispose();
        _handle = null;
        (_writer as IDisposable)?.Dispose();
    }

    private IContainerWriter Writer => _writer ?? throw new InvalidOperationException("The existing file was not opened yet.");

    private async Task CarryOutAsync(bool finish = false)
    {
        if (_plan.Operations.Count == 0)
            return;
        if (_handle is null)
        {
            if (_beforeFirstByte is not null)
                await _beforeFirstByte(this);
            _handle = await _volume.RunAsync(_target.Create);
        }

        await _volume.ExecuteAsync(_handle, _plan, withSyncs: finish || _durability != Durability.None);
        if (_durability == Durability.Strict && !finish)
        {
            _plan.Clear();
            _plan.Sync();
            await _volume.ExecuteAsync(_handle, _plan, withSyncs: true);
        }

        _plan.Clear();
        _goodLength = _writer!.Length;
    }

    /// <exception cref="IOException">It is a link, which may lead anywhere, or no file at all.</exception>
    internal static void RefuseLinks(string path)
    {
        var info = new FileInfo(path);
        if (info.LinkTarget is not null || (info.Attributes & (FileAttributes.Directory | FileAttributes.Device)) != 0)
            throw new IOException($"'{path}' is not a regular file.");
    }
}
