using System.Runtime.InteropServices;
using Tapedeck.Media;

namespace Tapedeck.Engine.Streams;

/// <summary>
/// The frames of one live stream. One writer, the publisher's task; any number of readers, each with a position.
/// </summary>
/// <remarks>
/// <para>Owner and order. Everything marked "writer" is touched by the publisher's task only. Readers see the log through three
/// numbers, each written by the writer alone: <c>_head</c> (frames below it are visible), <c>_floor</c> (frames below it are gone or
/// about to go) and <c>_lastKey</c> (where a late joiner starts).</para>
/// <para>Reclaiming without locks and without a reference count: a reader that wants to look at frames first announces the range
/// it holds, then, after a full fence, reads the floor. The writer first raises the floor, then, after a full fence, reads all holds.
/// So either the reader sees the new floor and steps forward, or the writer sees the hold and keeps the memory.</para>
/// <para>Memory goes by slabs. A slab is free when the newest frame in it lies below the floor, no hold overlaps it, and no loan of it is open.</para>
/// </remarks>
internal sealed partial class FrameLog
{
    private const long MaximumStep = 10_000_000; // µs: a larger step forward is a jump, not the passing of time
    private const long MaximumStepBack = 2_000_000; // µs: a larger step back is a clock that was set back
    private const long Jump = 1_000_000; // µs that a jump counts as: readers that wait must wake
    private const int MinimumFrameBytes = 128; // what a frame counts as at least: its ring entry is memory too

    private readonly SlabPool _pool;
    private readonly StreamOptions _options;
    private readonly Preroll _preroll;
    private readonly Lock _attach = new();
    private LogReader[] _readers = [];
    private int _watchers; // readers that are no recorders

    private Entry[] _ring = new Entry[256]; // replaced whole when it grows
    private readonly List<Slab> _slabs = []; // writer
    private Slab? _current; // writer
    private long _appended; // writer: positions below it are in the ring
    private long _slotFloor; // writer: ring slots below it may be reused
    private long _bytes; // writer: media bytes appended so far
    private readonly List<TrackClock> _clocks = []; // writer
    private long _elapsed; // writer: media time in µs that has passed, monotonic
    private DateTimeOffset _arrival; // writer: of what is appended and not yet visible
    private long _newestKey = -1; // writer: newest key frame, appended or visible
    private int _keyTrack; // writer: the track whose key frames count, 0 before the first sample
    private bool _keyTrackIsVideo; // writer

    private long _head;
    private long _floor;
    private long _lastKey = -1;
    private long _headElapsed;
    private long _committedAt;
    private long _headBytes;
    private int _ended;
    private bool _slabsReturned;

    public FrameLog(SlabPool pool, StreamOptions options, TimeProvider time, Preroll? preroll = null)
    {
        _pool = pool;
        _options = options;
        _preroll = preroll ?? Preroll.None;
        Time = time;
    }

    internal struct Entry
    {
        public MediaFrame Frame;
        public long Bytes; // of the log up to and including this frame
        public long Elapsed; // µs, monotonic
    }

    private sealed class TrackClock(int track, long latest, long elapsed)
    {
        public readonly int Track = track;
        public long Latest = latest; // newest media time in µs
        public long Elapsed = elapsed;
    }

    private sealed class Slab(byte[] array)
    {
        public readonly byte[] Array = array;
        public int Used;
        public int Loans;
        public long First = long.MaxValue; // oldest and newest position that lies in it
        public long Last = -1;
    }

    /// <summary>The clock of <see cref="CommittedAt"/>.</summary>
    public TimeProvider Time { get; }

    /// <summary>Timestamp of the last commit.</summary>
    public long CommittedAt => Volatile.Read(ref _committedAt);

    public long Head => Volatile.Read(ref _head);

    public long Floor => Volatile.Read(ref _floor);

    public long HeadElapsed => Volatile.Read(ref _headElapsed);

    public long HeadBytes => Volatile.Read(ref _headBytes);

    public long LastKey => Volatile.Read(ref _lastKey);

    public bool HasEnded => Volatile.Read(ref _ended) != 0;

    public int ReaderCount => Volatile.Read(ref _readers).Length;

    /// <summary>Somebody reads who wants each frame soon.</summary>
    public bool IsWatched => Volatile.Read(ref _watchers) > 0;

    // ---- writer ----

    public Memory<byte> Lend(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        var slab = _current;
        if (slab is null || slab.Array.Length - slab.Used < length)
        {
            Reclaim();
            slab = new Slab(_pool.Rent(length));
            _slabs.Add(slab);
            // A packet with a slab of its own does not end the slab that the others share.
            if (length <= SlabPool.SlabBytes / 2 || _current is null)
                _current = slab;
        }

        var memory = slab.Array.AsMemory(slab.Used, length);
        slab.Used += length;
        slab.Loans++;
        return memory;
    }

    public void Return(Memory<byte> lent)
    {
        var slab = SlabOf(lent, out var offset);
        slab.Loans--;
        // The newest loan, dropped before anything was appended from behind it, gives its bytes back.
        if (offset + lent.Length == slab.Used && slab.Last < 0 && slab.Loans == 0)
            slab.Used = 0;
    }

    public void Append(in MediaFrame frame, Memory<byte> lent)
    {
        if (_appended - _slotFloor == _ring.Length)
            MakeRoom();

        var position = _appended++;
        if (!lent.IsEmpty)
        {
            var slab = SlabOf(lent, out _);
            slab.First = Math.Min(slab.First, position);
            slab.Last = position;
        }

        NoteTime(frame);
        _bytes += Math.Max(MinimumFrameBytes, Math.Max(frame.Packet.Length, frame.Payload.Length));
        ref var entry = ref _ring[position & (_ring.Length - 1)];
        // One look at the clock for all that one receive brought.
        if (_arrival == default)
            _arrival = Time.GetUtcNow();
        entry.Frame = frame with { Position = position, ArrivedAt = _arrival };
        entry.Bytes = _bytes;
        entry.Elapsed = _elapsed;

        if (frame.Kind == FrameKind.Sample)
            NoteKey(frame, position);
    }

    public void Commit()
    {
        _arrival = default;
        if (_head == _appended)
            return;
        NotePace(Time.GetTimestamp());
        Volatile.Write(ref _headElapsed, _elapsed);
        Volatile.Write(ref _headBytes, _bytes);
        if (_newestKey >= 0)
            Volatile.Write(ref _lastKey, _newestKey);
        Volatile.Write(ref _head, _appended);
        WakeReaders();
    }

    public void End()
    {
        Commit();
        Volatile.Write(ref _ended, 1);
        WakeReaders();
        lock (_attach)
            ReturnSlabsIfDone();
    }

    // ---- readers ----

    public void Attach(LogReader reader)
    {
        lock (_attach)
        {
            _readers = [.. _readers, reader];
            _watchers = _readers.Count(static r => !r.IsLossless);
        }
    }

    public void Detach(LogReader reader)
    {
        lock (_attach)
        {
            _readers = Array.FindAll(_readers, r => r != reader);
            _watchers = _readers.Count(static r => !r.IsLossless);
            ReturnSlabsIfDone();
        }
    }

    /// <summary>Copies frames; the caller holds the range and has checked the floor since.</summary>
    public void Read(long position, Span<MediaFrame> frames)
    {
        var ring = Volatile.Read(ref _ring);
        for (var i = 0; i < frames.Length; i++)
            frames[i] = ring[(position + i) & (ring.Length - 1)].Frame;
    }

    /// <summary>Bytes and media time of the log before a frame that is held.</summary>
    public (long Bytes, long Elapsed) Marks(long position)
    {
        ref var entry = ref Volatile.Read(ref _ring)[position & (_ring.Length - 1)];
        return (entry.Bytes, entry.Elapsed);
    }

    // ---- inside ----

    /// <summary>Time passes as on the track that is furthest; tracks may be far apart and their clocks may jump.</summary>
    private void NoteTime(in MediaFrame frame)
    {
        var track = frame.Track;
        var time = track.Timescale == 0 ? 0 : (long)((Int128)frame.DecodeTime * 1_000_000 / track.Timescale);
        var clock = ClockOf(track.Id, time);
        var step = time - clock.Latest;
        if (step is < 0 and >= -MaximumStepBack)
            return;
        clock.Latest = time;
        clock.Elapsed = step is >= 0 and < MaximumStep ? clock.Elapsed + step : Math.Max(clock.Elapsed + Jump, _elapsed);
        _elapsed = Math.Max(_elapsed, clock.Elapsed);
    }

    private TrackClock ClockOf(int track, long time)
    {
        foreach (var clock in _clocks)
        {
            if (clock.Track == track)
                return clock;
        }

        var added = new TrackClock(track, time, _elapsed);
        _clocks.Add(added);
        return added;
    }

    private void NoteKey(in MediaFrame frame, long position)
    {
        var track = frame.Track;
        var isVideo = track.Kind == TrackKind.Video;
        if (_keyTrack == 0 || (isVideo && (_keyTrack > track.Id || !_keyTrackIsVideo)))
        {
            _keyTrack = track.Id;
            _keyTrackIsVideo = isVideo;
            _newestKey = -1;
            ForgetPreroll();
        }

        if (track.Id != _keyTrack || !frame.IsKey)
            return;
        _newestKey = position;
        NotePreroll(position);
    }

    private void WakeReaders()
    {
        Interlocked.MemoryBarrier(); // head before the waiting flags, as LogReader writes the flag before it reads the head
        foreach (var reader in Volatile.Read(ref _readers))
            reader.WakeIfDue();
    }

    private Slab SlabOf(Memory<byte> lent, out int offset)
    {
        MemoryMarshal.TryGetArray<byte>(lent, out var segment);
        offset = segment.Offset;
        if (_current is { } current && ReferenceEquals(current.Array, segment.Array))
            return current;
        for (var i = _slabs.Count - 1; i >= 0; i--)
        {
            if (ReferenceEquals(_slabs[i].Array, segment.Array))
                return _slabs[i];
        }

        throw new ArgumentException("The memory was not lent by this log, or was returned already.", nameof(lent));
    }

    /// <summary>Raises the floor to what somebody may still want, and takes back slabs that nobody does.</summary>
    private void Reclaim()
    {
        Interlocked.Increment(ref _reclaims); // before positions are read: see AwaitReclaim
        var head = _head;
        var keep = Math.Min(KeepForLateJoiners(head), KeepForPreroll(head));
        foreach (var reader in Volatile.Read(ref _readers))
        {
            var position = reader.Position;
            if (position >= keep || position < _slotFloor)
                continue;
            var behind = _bytes - _ring[position & (_ring.Length - 1)].Bytes;
            if (behind <= reader.MaxLagBytes)
                keep = position;
        }

        if (keep > _floor)
            Volatile.Write(ref _floor, keep);
        Interlocked.Increment(ref _reclaims); // a full fence: floor before holds: see the remarks of the class
        var readers = Volatile.Read(ref _readers); // read after the fence: one who attached since has seen the new floor

        var slotFloor = _floor;
        foreach (var reader in readers)
            slotFloor = Math.Min(slotFloor, reader.CopyStart);
        _slotFloor = Math.Max(_slotFloor, slotFloor);

        for (var i = _slabs.Count - 1; i >= 0; i--)
        {
            var slab = _slabs[i];
            if (slab.Loans > 0 || slab.Last >= _floor || IsHeld(slab, readers))
                continue;
            if (slab == _current)
                _current = null;
            _slabs.RemoveAt(i);
            _pool.Return(slab.Array);
        }
    }

    private long KeepForLateJoiners(long head)
    {
        var key = _lastKey;
        if (key < 0 || key < _floor || key >= head)
            return head;
        ref var entry = ref _ring[key & (_ring.Length - 1)];
        var tooMuch = _bytes - entry.Bytes > _options.GopCacheBytes
            || _elapsed - entry.Elapsed > _options.GopCacheDuration.TotalMicroseconds;
        if (!tooMuch)
            return key;
        if (_newestKey == key)
            _newestKey = -1;
        Volatile.Write(ref _lastKey, -1); // whoever joins now waits for the next key frame
        return head;
    }

    private static bool IsHeld(Slab slab, LogReader[] readers)
    {
        if (slab.Last < 0)
            return false;
        foreach (var reader in readers)
        {
            if (reader.HoldStart <= slab.Last && reader.HoldEnd > slab.First)
                return true;
        }

        return false;
    }

    private void MakeRoom()
    {
        Reclaim();
        if (_appended - _slotFloor < _ring.Length)
            return;
        var grown = new Entry[_ring.Length * 2];
        for (var p = _slotFloor; p < _appended; p++)
            grown[p & (grown.Length - 1)] = _ring[p & (_ring.Length - 1)];
        Volatile.Write(ref _ring, grown);
    }

    /// <summary>After the end, when the last reader is gone, the memory goes back. Called under the attach lock.</summary>
    private void ReturnSlabsIfDone()
    {
        if (_slabsReturned || !HasEnded || _readers.Length > 0)
            return;
        _slabsReturned = true;
        // Whoever comes now finds nothing: the frames in the ring refer to memory that is somebody else's.
        Volatile.Write(ref _lastKey, -1);
        Volatile.Write(ref _floor, _head);
        foreach (var slab in _slabs)
        {
            if (slab.Loans == 0)
                _pool.Return(slab.Array);
            else
                _pool.Drop(slab.Array); // a packet is still being received into it
        }

        _slabs.Clear();
        _current = null;
        _ring = new Entry[1]; // who still knows the stream holds none of its frames
    }
}
