using System.Runtime.InteropServices;
using Tapedeck.Containers.Flv;
using Tapedeck.Media;

namespace Tapedeck.Containers.MpegTs;

/// <summary>
/// Writes MPEG transport streams (ISO/IEC 13818-1): nothing is ever patched, so a file is right up to the last packet that reached the disk.
/// <code>
/// PAT PMT | PES of a key frame, clock in its first packet | PES of sound | clock | PES .. | PAT PMT | PES ..
/// </code>
/// Within a cut, access units go out in the order of their decode times. The clock (PCR) is the decode time of what goes out, less a lead, and never goes
/// back: tables come before it has moved on by 100 ms, clock packets before it has moved on by 40 ms. The first decode time is 1 s.
/// Script data is in the tables from its first message on, which is the stream's onMetaData, when it has one.
/// Owner: one task.
/// </summary>
public sealed partial class TsWriter : IContainerWriter
{
    /// <summary>Tracks that fit into one program map of at most 1,021 bytes.</summary>
    public const int MaxTracks = 40;

    internal const long FirstDts = TsTime.Rate;

    // Sound of one PES packet; longer ones make players wait.
    private const long MaxGroup = TsTime.Rate / 10;
    private const int MaxGroupBytes = 32 << 10;
    private const int PesHeader = 14;
    private const int PacketPayload = 184;

    private readonly List<TsWriterTrack> _tracks = [];
    private readonly PacketOutput _output = new();
    private readonly TsWriterOptions _options;
    private readonly TsSchedule _schedule;
    private readonly List<PendingPes> _pes = [];
    private PendingUnit[] _pending = new PendingUnit[64];
    private int _pendingCount;
    private int _pendingMedia;
    private readonly long _length;
    private readonly long _durationBefore;
    private readonly long _firstDts = FirstDts;
    private long _start = long.MaxValue;
    private long _end = long.MinValue;
    private long? _shift;
    private bool _isFinished;

    /// <summary>A new file.</summary>
    public TsWriter(TsWriterOptions? options = null)
    {
        _options = options ?? new TsWriterOptions();
        _schedule = new TsSchedule(_output, _options);
    }

    /// <summary>An older file, read by <see cref="TsContinuation"/>.</summary>
    internal TsWriter(TsWriterOptions options, TsFileEnd end)
    {
        _options = options;
        _schedule = new TsSchedule(_output, options, end);
        foreach (var (pid, counter) in end.Counters)
            _output.Restore(pid, counter);
        (_length, _durationBefore, _firstDts) = (end.Length, end.Duration, end.Time);
        (_leastData, _hasMetadata) = (end.DataTime, end.Map.Streams.Any(stream => Id3.IsIn(stream)));
        if (_hasMetadata && options.RecordData)
            _data = NewData(FlvTracks.ScriptData);
    }

    /// <inheritdoc/>
    public TimeSpan Duration => new((long)((Int128)(_durationBefore + Math.Max(0, _end - _start)) * TimeSpan.TicksPerSecond / TsTime.Rate));

    /// <inheritdoc/>
    public long Length => _length + _output.Written;

    /// <summary>
    /// Goes on with a transport stream that has one program, whoever wrote it: tracks keep PIDs of streams of the same kind, continuity counters and
    /// clock go on, and the first new frame follows on the old end. A torn packet or access unit at the end is cut.
    /// </summary>
    /// <param name="existing">The file; read, not written, and not needed afterwards.</param>
    /// <param name="options">As for a new file; the PIDs are those of the file.</param>
    /// <param name="plan">Takes the operations; must be carried out before those of the first cut.</param>
    /// <exception cref="ContainerFormatException">The file cannot be continued; the message says why.</exception>
    public static TsWriter Continue(Stream existing, TsWriterOptions options, DiskPlan plan) => TsContinuation.Open(existing, options, plan);

    /// <inheritdoc/>
    public TrackVerdict Judge(Track track)
    {
        if (track.Codec == Codec.ScriptData)
            return TrackVerdict.Accepted;
        var known = Find(track.Id);
        if (known is not null && ReferenceEquals(known.Seen, track))
            return TrackVerdict.Accepted;
        return ElementaryForm.For(track, []) is not null && (known is null ? _tracks.Count < MaxTracks : known.IsVideo == (track.Kind == TrackKind.Video))
            ? TrackVerdict.Accepted
            : TrackVerdict.Unsupported;
    }

    /// <inheritdoc/>
    public void Add(in MediaFrame frame)
    {
        ObjectDisposedException.ThrowIf(_isFinished, this);
        if (frame.Kind == FrameKind.Script)
            AddScript(frame);
        if (frame.Kind != FrameKind.Sample || frame.Payload.IsEmpty || frame.Track.Codec == Codec.ScriptData)
            return;
        AddMetadata(frame);
        var track = Find(frame.Track.Id);
        if (track is null || !ReferenceEquals(track.Seen, frame.Track))
        {
            var form = Judge(frame.Track) == TrackVerdict.Accepted ? ElementaryForm.For(frame.Track, frame.Payload.Span) : null;
            if (form is null)
                throw new InvalidOperationException($"Track {frame.Track.Id} ({frame.Track.Codec}) was not accepted by this file.");
            if (track is null)
                _tracks.Add(track = new TsWriterTrack(frame.Track));
            track.Change(frame.Track, form, frame.Payload.Span);
        }

        var unit = track.Unit(frame);
        var (start, end) = track.Span(unit);
        (_start, _end) = (Math.Min(_start, start), Math.Max(_end, end));
        track.AllowOffset(unit.Offset);
        _pendingMedia++;
        Append(unit);
    }

    /// <inheritdoc/>
    /// <remarks>Samples of a transport stream have no duration, so <paramref name="following"/> is not needed.</remarks>
    public void CutFragment(DiskPlan plan, ReadOnlySpan<MediaFrame> following)
    {
        // Data waits for the media beside it: alone it would run ahead of the clock.
        if (_pendingCount > 0 && (_pendingMedia > 0 || (_isFinished && _shift is not null)))
            WritePending(plan);
    }

    /// <inheritdoc/>
    public void Finish(DiskPlan plan)
    {
        if (_isFinished)
            return;
        _isFinished = true;
        CutFragment(plan, []);
        if (Length > 0)
            plan.Sync();
    }

    private void Append(in PendingUnit unit)
    {
        if (_pendingCount == _pending.Length)
            Array.Resize(ref _pending, _pending.Length * 2);
        _pending[_pendingCount++] = unit;
    }

    private void WritePending(DiskPlan plan)
    {
        var write = plan.Write(Length);
        _shift ??= _firstDts - EarliestPending();
        Place(_shift.Value);
        _schedule.AddTracks(_tracks);
        _output.Begin(plan, write);
        var bound = ClockBound();
        foreach (ref readonly var pes in CollectionsMarshal.AsSpan(_pes))
        {
            _schedule.Open(pes, bound);
            for (var i = pes.First; i >= 0; i = _pending[i].Next)
                pes.Form.Write(_output, _pending[i].Payload.Span, pes.IsKey);
            _output.EndPes();
        }

        _output.End();
        Array.Clear(_pending, 0, _pendingCount);
        (_pendingCount, _pendingMedia) = (0, 0);
        _pes.Clear();
    }

    private TsWriterTrack? Find(int id)
    {
        foreach (var track in _tracks)
        {
            if (track.Seen.Id == id)
                return track;
        }

        return null;
    }

    private long EarliestPending()
    {
        var earliest = long.MaxValue;
        foreach (ref readonly var unit in _pending.AsSpan(0, _pendingCount))
        {
            if (!unit.Track.IsData)
                earliest = Math.Min(earliest, unit.SourceTime + Math.Min(0, unit.Offset));
        }

        return earliest;
    }

    /// <summary>Turns what is pending into PES packets, sorted by decode time.</summary>
    private void Place(long shift)
    {
        var (leastData, mostData) = (Math.Max(_leastData, Math.Max(_start + shift, ClockBound())), _end + shift);
        foreach (var track in _tracks)
            track.OpenPes = -1;
        for (var i = 0; i < _pendingCount; i++)
        {
            ref var unit = ref _pending[i];
            var size = unit.Form.Size(unit.Payload.Span);
            if (unit.Track.IsVideo)
            {
                var (dts, pts) = unit.Track.PlaceVideo(unit, shift);
                AddPes(unit, i, size, dts, pts);
                continue;
            }

            if (unit.Track.IsData)
            {
                var at = unit.Track.PlaceData(unit, shift, leastData, mostData);
                AddPes(unit, i, size, at, at);
                continue;
            }

            var (time, end, follows) = unit.Track.PlaceAudio(unit, shift);
            if (follows && TryJoin(unit, i, size, end))
                continue;
            unit.Track.OpenPes = _pes.Count;
            AddPes(unit, i, size, time, time);
        }

        _pes.Sort(static (a, b) => a.Dts != b.Dts ? a.Dts.CompareTo(b.Dts) : a.First.CompareTo(b.First));
    }

    private void AddPes(in PendingUnit unit, int index, int size, long dts, long pts) => _pes.Add(new PendingPes
    {
        Track = unit.Track,
        Form = unit.Form,
        Dts = dts,
        Pts = pts,
        First = index,
        Last = index,
        Size = size,
        IsKey = unit.IsKey,
    });

    /// <summary>Puts an audio frame into the PES packet before it when that saves a transport packet.</summary>
    private bool TryJoin(in PendingUnit unit, int index, int size, long end)
    {
        if (unit.Track.OpenPes < 0 || !unit.Form.CanGroup)
            return false;
        ref var pes = ref CollectionsMarshal.AsSpan(_pes)[unit.Track.OpenPes];
        var together = pes.Size + size;
        if (!ReferenceEquals(pes.Form, unit.Form)
            || end - pes.Dts > MaxGroup
            || together > MaxGroupBytes
            || Packets(together) >= Packets(pes.Size) + Packets(size))
        {
            return false;
        }

        _pending[pes.Last].Next = index;
        pes.Last = index;
        pes.Size = together;
        return true;
    }

    private static int Packets(int size) => (PesHeader + size + PacketPayload - 1) / PacketPayload;

    /// <summary>
    /// The clock must not pass what a slower track has yet to bring: it goes as far as the track that is furthest behind, but a track that has ended,
    /// or one more than 3 s behind, does not hold it, nor does data. <see cref="long.MinValue"/> before the first cut.
    /// </summary>
    private long ClockBound()
    {
        var (least, most) = (long.MaxValue, long.MinValue);
        foreach (var track in _tracks)
        {
            if (track.LastDts == long.MinValue || track.IsData)
                continue;
            (least, most) = (Math.Min(least, track.LastDts), Math.Max(most, track.LastDts));
        }

        return most == long.MinValue ? most : Math.Max(least, most - 3 * TsTime.Rate);
    }
}
