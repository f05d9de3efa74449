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
    private IDiskFile? _handle;
    private IContainerWriter? _writer;
    private int _creations;
    private bool _finishing;
    private StorageRoom? _room;

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

    /// <summary>Begun at once where a track other than the picture changed: its first picture may be any.</summary>
    public bool BeginsAnywhere { get; set; }

    public string Path => _target.Path;

    public bool IsOpen => _handle is not null;

    /// <summary>Whether this recording has added anything.</summary>
    public bool HasMedia { get; private set; }

    public long Length => _writer?.Length ?? 0;

    public TimeSpan Duration => _writer?.Duration ?? TimeSpan.Zero;

    public DateTimeOffset StartedAt => _context.StartedAt;

    /// <summary>Whether a track can go into this file.</summary>
    public TrackVerdict Judge(Track track) => Writer.Judge(track);

    /// <inheritdoc cref="IContainerWriter.WhyNewFile"/>
    public string? WhyNewFile(Track track) => Writer.WhyNewFile(track);

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
        await MakeKnownAsync();
        _handle?.Dispose();
        _plan.Clear();
        _writer = await _volume.RunAsync(() =>
        {
            _handle = _volume.Disk.Open(_target.Path);
            WrittenLength = _handle.Length;
            using var stream = _handle.Read();
            return _format.Continue(stream, _context, _plan);
        });
        await CarryOutAsync();
    }

    /// <summary>Puts everything added since the last time on the disk.</summary>
    /// <param name="following">Known frames that come next.</param>
    /// <param name="room">Asked before each try; null: nobody is.</param>
    public Task WriteFragmentAsync(ReadOnlyMemory<MediaFrame> following, StorageRoom? room = null)
    {
        Cut(following);
        _room = room;
        return CarryOutAsync();
    }

    /// <summary>An error of the writer itself leaves no plan that could be tried again: nobody must take it for one of the disk.</summary>
    private void Cut(ReadOnlyMemory<MediaFrame> following)
    {
        try
        {
            Writer.CutFragment(_plan, following.Span);
        }
        catch (IOException e)
        {
            throw new InvalidOperationException(e.Message, e);
        }
    }

    /// <summary>Writes the index; afterwards the file does not change any more.</summary>
    public Task FinishAsync()
    {
        Writer.Finish(_plan);
        // What ends a file is always synced, to its last byte: a recording that was announced must survive the loss of power.
        _finishing = true;
        _room = null; // what is begun is finished
        return CarryOutAsync();
    }

    /// <summary>
    /// Does once more what failed: all that was to be written since the last success. Every operation names its place, so that doing one twice
    /// changes nothing. Not for a sync that failed.
    /// </summary>
    public Task RetryAsync() => _writer is null ? OpenExistingAsync() : CarryOutAsync();

    /// <summary>Sees that what is written is where it can be found.</summary>
    /// <exception cref="FileVanishedException">It is not: the file was removed, or its disk unmounted.</exception>
    public async Task LookAsync()
    {
        if (_handle is null)
            return;
        var length = await _volume.RunAsync(() => _volume.Disk.Length(_target.Path));
        if (length is null || length < WrittenLength)
            throw new FileVanishedException(_target.Path);
    }

    /// <summary>Whether there is anything of it on the disk.</summary>
    public bool HasContent => WrittenLength > 0;

    /// <summary>Bytes on the disk that were there before, or were written whole.</summary>
    public long WrittenLength { get; private set; }

    /// <summary>Whether the catalog has heard of it.</summary>
    public bool IsKnown { get; private set; }

    /// <exception cref="MountMissingException">Its disk is not there.</exception>
    public void EnsureMounted() => _target.EnsureMounted();

    /// <summary>After a failed write: cuts off what was not written whole, as far as the disk lets us. A new file without content is removed.</summary>
    public async Task AbandonAsync()
    {
        if (_handle is not { } handle)
            return;
        try
        {
            await _volume.RunAsync(() =>
            {
                if (handle.Length > WrittenLength)
                    handle.SetLength(WrittenLength);
                if (WrittenLength == 0 && !_target.Continues)
                    _target.DeleteEmpty();
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

    private async Task CarryOutAsync()
    {
        if (_plan.Operations.Count == 0)
            return;
        if (_room is not null)
            await _room.EnsureAsync(_volume);
        if (_handle is null)
        {
            await MakeKnownAsync();
            var creation = ++_creations;
            _handle = await _volume.RunAsync(() => creation == 1 ? _target.Create() : _target.CreateAgain(otherName: creation > 3));
        }

        if (_finishing || _durability != Durability.None)
            _plan.EnsureSync(atEnd: _finishing || _durability == Durability.Strict);
        await _volume.ExecuteAsync(_handle, _plan, withSyncs: _finishing || _durability != Durability.None);
        _plan.Clear();
        _room?.Used(_writer!.Length - WrittenLength);
        WrittenLength = _writer!.Length;
        if (_finishing)
            Dispose();
    }

    private async Task MakeKnownAsync()
    {
        if (IsKnown || _beforeFirstByte is null)
            return;
        await _beforeFirstByte(this); // fails with the disk, and is then asked again
        IsKnown = true;
    }
}
