using Tapedeck.Media;

namespace Tapedeck.Containers.WebM;

/// <summary>
/// Reads WebM and Matroska files, whole, growing or cut off: sizes known or not, blocks alone or in groups, every lacing. The index is not needed and not
/// used. Reads block headers a little ahead, payload frame by frame.
/// Times: video in 1/90,000 s, sound in samples, both as exact as the file has them (mostly ms). Decode times are those of presentation but for H.264 and
/// HEVC: see <see cref="DecodeClock"/>. The first block that is presented is at 0; packets of Opus begin before by the CodecDelay.
/// </summary>
public sealed class MatroskaReader : IContainerReader
{
    /// <summary>Blocks read ahead when a track has ended or sleeps, so that the order of decoding can still be told.</summary>
    private const int MaxQueued = 4096;

    /// <summary>Frames looked at for the earliest presentation and the depth of reordering.</summary>
    private const int FirstFrames = 1024;
    private const int FirstFramesOfTrack = 256;
    private readonly Stream _stream;
    private readonly EbmlFile _file;
    private readonly SegmentHeader _segment;
    private readonly Dictionary<long, TrackQueue> _byNumber = [];
    private readonly List<TrackQueue> _queues = [];
    private readonly BlockCursor _cursor;
    private readonly List<(long Offset, int Size)> _laced = [];
    private readonly long _earliest;
    private int _queued;
    private bool _blocksEnded;
    private bool _ended;
    private long _position;
    private byte[] _payload = [];
    private TimeSpan? _duration;
    private FragmentSummary? _fragments;

    private MatroskaReader(Stream stream)
    {
        _stream = stream;
        _file = new EbmlFile(stream);
        _segment = SegmentHeader.Read(_file);
        foreach (var input in _segment.Tracks)
        {
            var queue = new TrackQueue(input);
            if (_byNumber.TryAdd(input.Number, queue))
                _queues.Add(queue);
        }

        Tracks = [.. _queues.Select(queue => queue.Input.Track)];
        _earliest = LookAtFirst();
        _cursor = new BlockCursor(_file, _segment.FirstCluster, _segment.End);
    }

    /// <inheritdoc/>
    public string Format => _segment.DocType == "webm" ? "WebM" : "Matroska";

    /// <inheritdoc/>
    public DateTimeOffset? StartTime => _segment.Created;

    /// <inheritdoc/>
    public FragmentSummary? Fragments => _fragments ??= MeasureClusters();

    /// <inheritdoc/>
    public IReadOnlyList<Track> Tracks { get; }

    /// <inheritdoc/>
    public bool IsFinished => _segment.IsFinished;

    /// <inheritdoc/>
    public TimeSpan Duration => _duration ??= new TimeSpan(FindDuration() / 100);

    /// <summary>Opens a seekable stream, which belongs to the reader from then on.</summary>
    /// <exception cref="ContainerFormatException">It is not a Matroska file with its tracks at the beginning.</exception>
    public static MatroskaReader Open(Stream stream) => new(stream);

    /// <inheritdoc/>
    public bool TryRead(out MediaFrame frame)
    {
        frame = default;
        while (!_ended)
        {
            FillQueues();
            if (NextQueue() is not { } queue)
                break;
            var next = queue.Frames.Dequeue();
            _queued--;
            var prefix = queue.Input.Prefix;
            var size = prefix.Length + next.Size;

            // No decoder wants an empty sample.
            if (size == 0)
                continue;
            if (_payload.Length < size)
                _payload = new byte[Math.Max(size, (int)Math.Min(_payload.Length * 2L, Array.MaxLength))];
            prefix.CopyTo(_payload, 0);
            _file.Read(next.Offset, _payload.AsSpan(prefix.Length, next.Size));
            var track = queue.Input.Track;
            frame = new MediaFrame
            {
                Track = track,
                Kind = FrameKind.Sample,
                Flags = (next.IsKey || track.Kind == TrackKind.Audio ? FrameFlags.Key : 0) | (next.IsDisposable ? FrameFlags.Disposable : 0),
                DecodeTime = next.Decode,
                PresentationOffset = (int)Math.Clamp(next.Presentation - next.Decode, int.MinValue, int.MaxValue),
                Payload = _payload.AsMemory(0, size),
                Position = _position,
            };
            if (track.Codec == Codec.ScriptData)
            {
                if (ReadScript(frame) is not { } script)
                    continue;
                frame = script;
            }

            _position++;
            return true;
        }

        _ended = true;
        return false;
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    /// <summary>Behind the two lines before a cue's text.</summary>
    private static MediaFrame? ReadScript(in MediaFrame cue)
    {
        var text = cue.Payload.Span;
        var first = text.IndexOf((byte)'\n') + 1;
        var second = first + text[first..].IndexOf((byte)'\n') + 1;
        return second > first ? ScriptSamples.Read(cue with { Payload = cue.Payload[second..] }) : null;
    }

    /// <summary>Reads blocks until every track has its next frame, so that the earliest can be told.</summary>
    private void FillQueues()
    {
        while (!_blocksEnded && _queued < MaxQueued)
        {
            var hungry = false;
            foreach (var queue in _queues)
                // Data may sleep for hours: what comes of it lies in the cluster of its time.
                hungry |= queue.Frames.Count == 0 && queue.Input.Track.Kind != TrackKind.Data;
            if (!hungry)
                return;
            _blocksEnded = !_cursor.TryNext(out var block);
            if (_blocksEnded || !_byNumber.TryGetValue(block.Number, out var target))
                continue;
            foreach (var (time, offset, size) in Split(block, target.Input))
            {
                var presentation = Ticks(time - _earliest - target.Input.Delay, target.Input.Track.Timescale);
                target.Frames.Enqueue(new QueuedFrame
                {
                    Presentation = presentation,
                    Decode = target.Clock?.Next(presentation) ?? presentation,
                    Offset = offset,
                    Size = size,
                    IsKey = block.IsKey,
                    IsDisposable = block.IsDisposable,
                });
                _queued++;
            }
        }
    }

    /// <summary>The queue whose next frame decodes first; pictures win a tie, being first in most files.</summary>
    private TrackQueue? NextQueue()
    {
        TrackQueue? best = null;
        foreach (var queue in _queues)
        {
            if (queue.Frames.Count > 0
                && (best is null || (Int128)queue.Frames.Peek().Decode * best.Input.Track.Timescale < (Int128)best.Frames.Peek().Decode * queue.Input.Track.Timescale))
            {
                best = queue;
            }
        }

        return best;
    }

    /// <summary>The frames of a block: times in ns as the file has them.</summary>
    private IEnumerable<(long Time, long Offset, int Size)> Split(FileBlock block, InputTrack track)
    {
        Lacing.Split(_file, block, _laced);
        var time = Time(block.Time);
        var each = track.DefaultDuration > 0 ? track.DefaultDuration
            : block.Duration > 0 ? Time(block.Duration) / _laced.Count
            : track.Track.FrameDuration * BlockTrack.Second / track.Track.Timescale;
        AudioClock? clock = null;
        foreach (var (offset, size) in _laced)
        {
            yield return (time, offset, size);
            if (each > 0 || _laced.Count == 1 || track.Track.Kind != TrackKind.Audio)
            {
                time += each;
                continue;
            }

            // Frames of sound tell their length in their first bytes.
            byte[] start = [.. track.Prefix, .. _file.Peek(offset, Math.Min(size, 32))];
            clock ??= new AudioClock(track.Track, start);
            time += clock.SamplesIn(start) * BlockTrack.Second / clock.Rate;
        }
    }

    private long Time(long time)
    {
        var scaled = (Int128)time * _segment.Scale;
        if (scaled > long.MaxValue / 4 || scaled < long.MinValue / 4)
            throw new ContainerFormatException($"A time of {time} units of {_segment.Scale} ns is no time.");
        return (long)scaled;
    }

    private static long Ticks(long nanoseconds, int timescale)
    {
        var ticks = (Int128)nanoseconds * timescale;
        return (long)((ticks + (ticks < 0 ? -BlockTrack.Second / 2 : BlockTrack.Second / 2)) / BlockTrack.Second);
    }

    /// <summary>The earliest presentation in ns. Block times of Opus include what is dropped, so they are when something is heard.</summary>
    private long LookAtFirst()
    {
        var cursor = new BlockCursor(_file, _segment.FirstCluster, _segment.End);
        var earliest = long.MaxValue;
        var first = _queues.ToDictionary(queue => queue, _ => new List<long>());
        for (var seen = 0; seen < FirstFrames && cursor.TryNext(out var block);)
        {
            if (!_byNumber.TryGetValue(block.Number, out var queue))
                continue;
            foreach (var (time, _, _) in Split(block, queue.Input))
            {
                if (queue.Input.Track.Kind != TrackKind.Data)
                    earliest = Math.Min(earliest, time);
                if (first[queue].Count < FirstFramesOfTrack)
                    first[queue].Add(time);
                seen++;
            }
        }

        if (earliest == long.MaxValue)
            return 0;
        foreach (var queue in _queues)
        {
            var track = queue.Input.Track;
            if (track.Codec is Codec.H264 or Codec.Hevc && first[queue].Count > 0)
                queue.Clock = new DecodeClock([.. first[queue].Select(time => Ticks(time - earliest - queue.Input.Delay, track.Timescale))]);
        }

        return earliest;
    }

    /// <summary>From its first block to that of the next one; the last one reaches to the last block.</summary>
    private FragmentSummary MeasureClusters()
    {
        var cursor = new BlockCursor(_file, _segment.FirstCluster, _segment.End);
        var (current, start, last, longest) = (0L, 0L, 0L, 0L);
        while (cursor.TryNext(out var block))
        {
            var time = Time(block.Time);
            if (cursor.Clusters != current)
                (longest, current, start) = (current == 0 ? 0 : Math.Max(longest, time - start), cursor.Clusters, time);
            last = Math.Max(last, time);
        }

        return new FragmentSummary(cursor.Clusters, new TimeSpan(Math.Max(longest, last - start) / 100));
    }

    /// <summary>In ns. The blocks of a file that is not finished are walked once: its header may say nothing, or what was true some seconds ago.</summary>
    private long FindDuration()
    {
        if (IsFinished)
            return (long)Math.Clamp(_segment.Duration * _segment.Scale - _earliest, 0, long.MaxValue / 4);
        var cursor = new BlockCursor(_file, _segment.FirstCluster, _segment.End);
        var ends = new FileEnds(_segment);
        while (cursor.TryNext(out var block))
            ends.Note(block);
        return Math.Max(0, ends.Nanoseconds - _earliest);
    }

    private struct QueuedFrame
    {
        public long Presentation;
        public long Decode;
        public long Offset;
        public int Size;
        public bool IsKey;
        public bool IsDisposable;
    }

    private sealed class TrackQueue(InputTrack input)
    {
        public InputTrack Input { get; } = input;

        public Queue<QueuedFrame> Frames { get; } = new();

        public DecodeClock? Clock { get; set; }
    }
}
