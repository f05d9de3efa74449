using System.Buffers;
using Tapedeck.Media;

namespace Tapedeck.Containers.MpegTs;

/// <summary>
/// Reads MPEG transport streams: H.264, HEVC, AV1, AAC (ADTS), MPEG audio, AC-3, E-AC-3, Opus, script data of the first program. A track's <see cref="Track.Id"/> is
/// its PID; other streams are left out. Samples are those of an MP4 file: length-prefixed NAL units without delimiters and parameter sets, which make the
/// configuration; a changed set makes a new <see cref="Track"/>. Frames before a track's first parameter sets are left out, and so is an access unit from
/// which packets are missing. At the end of a file, an access unit of which it cannot be known that it is whole is left out.
/// </summary>
public sealed class TsReader : IContainerReader
{
    internal const int MaxStreams = 256;

    // Frames that are looked at for the earliest presentation: more than any picture is reordered by.
    private const int ProbeFrames = 20;

    private readonly Stream _file;
    private readonly TsReaderLimits _limits;
    private readonly Dictionary<int, List<Track>> _tracks = [];
    private readonly Dictionary<ElementaryStream, (long Anchor, long Run, int Rate)> _sound = [];
    private readonly Demuxer _demuxer;
    private readonly long _zero;
    private readonly long _window;
    private byte[]? _handedOut;
    private TimeSpan? _duration;
    private bool _hasEnded;

    private TsReader(Stream file, TsReaderLimits limits)
    {
        (_file, _limits) = (file, limits);
        _window = (long)(limits.InterleaveWindow.TotalSeconds * TsTime.Rate);
        var (pmtPid, map) = FindTables();
        var probe = Open(pmtPid, map);
        Probe(probe);
        Tracks = [.. probe.All.Where(stream => stream.Track is not null).Select(FirstTrack).DistinctBy(track => track.Id)];
        _zero = Earliest(probe) ?? 0;
        _demuxer = Open(pmtPid, map);
    }

    /// <inheritdoc/>
    public string Format => "MPEG-TS";

    /// <inheritdoc/>
    public IReadOnlyList<Track> Tracks { get; }

    /// <inheritdoc/>
    /// <remarks>From the first to the last time stamp: right for up to 26.5 hours, and where time does not go back within the file.</remarks>
    public TimeSpan Duration => _duration ??= MeasureDuration();

    /// <inheritdoc/>
    /// <remarks>A transport stream has no index: finished means that it ends with a whole packet and a whole access unit.</remarks>
    public bool IsFinished => TsTail.Measure(_file, _limits) is var tail && tail.CompleteUnits == _file.Length;

    /// <summary>Opens a file.</summary>
    /// <param name="file">A stream that can seek; disposed with the reader.</param>
    /// <param name="limits">What the file may demand.</param>
    /// <exception cref="ContainerFormatException">No program tables were found.</exception>
    public static TsReader Open(Stream file, TsReaderLimits? limits = null) => new(file, limits ?? new TsReaderLimits());

    /// <inheritdoc/>
    public bool TryRead(out MediaFrame frame)
    {
        Return();
        while (true)
        {
            var next = Next(out var isCertain);
            if (!isCertain && !_hasEnded)
            {
                // The end brings frames too: those that only their successor would have completed.
                _hasEnded = !_demuxer.Read();
                continue;
            }

            if (next is null)
            {
                frame = default;
                return false;
            }

            frame = Take(next);
            return true;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Return();
        _file.Dispose();
    }

    /// <summary>The stream whose frame is due, and whether no packet to come can change that.</summary>
    private ElementaryStream? Next(out bool isCertain)
    {
        ElementaryStream? first = null;
        var (latest, waiting, bytes) = (long.MinValue, false, 0L);
        foreach (var stream in _demuxer.All)
        {
            bytes += stream.QueuedBytes;
            if (!stream.Frames.TryPeek(out var frame))
            {
                waiting |= !stream.IsData;
                continue;
            }

            if (first is null || frame.Dts < first.Frames.Peek().Dts)
                first = stream;
            latest = Math.Max(latest, stream.NextDts);
        }

        isCertain = first is not null
            && (!waiting || latest - first.Frames.Peek().Dts > _window || bytes > _limits.MaxQueuedBytes);
        return first;
    }

    private MediaFrame Take(ElementaryStream stream)
    {
        var queued = stream.Frames.Dequeue();
        stream.QueuedBytes -= queued.Length;
        _handedOut = queued.Data;
        var (dts, offset) = (queued.Dts - _zero, queued.Pts - queued.Dts);
        if (stream.IsData)
            (dts, offset) = ((long)Math.Round(dts * (decimal)queued.Track.Timescale / TsTime.Rate), 0);
        else if (queued.Samples > 0)
            (dts, offset) = (SoundTime(stream, queued, dts), 0);
        return new MediaFrame
        {
            Track = queued.Track,
            Kind = stream.IsData ? FrameKind.Script : FrameKind.Sample,
            Flags = queued.IsKey ? FrameFlags.Key : FrameFlags.None,
            DecodeTime = dts,
            PresentationOffset = (int)offset,
            Payload = queued.Data.AsMemory(0, queued.Length),
        };
    }

    /// <summary>In samples of the track: counted on from the last jump, so that 90 kHz does not round every frame.</summary>
    private long SoundTime(ElementaryStream stream, in QueuedFrame frame, long dts)
    {
        var rate = frame.Track.Timescale;
        if (frame.IsJump || !_sound.TryGetValue(stream, out var at) || at.Rate != rate)
            at = ((long)Math.Round((decimal)dts * rate / TsTime.Rate), 0, rate);
        _sound[stream] = (at.Anchor, at.Run + frame.Samples, rate);
        return at.Anchor + at.Run;
    }

    private (int PmtPid, ProgramMap Map) FindTables()
    {
        var tables = new Demuxer(_file, 0, _file.Length, _limits, _tracks);
        while (tables.Map is null && tables.Position < _limits.ProbeBytes && tables.Read())
        {
            // Without a map there are no streams, and so no frames.
        }

        return tables.Map is { } map ? (tables.PmtPid, map) : throw new ContainerFormatException(
            $"No program table (PAT, PMT) within the first {Math.Min(_limits.ProbeBytes, _file.Length)} bytes: this is no MPEG transport stream.");
    }

    /// <summary>From the beginning, with the first tables that were found: they may come later than the first frames.</summary>
    private Demuxer Open(int pmtPid, ProgramMap map)
    {
        var demuxer = new Demuxer(_file, 0, _file.Length, _limits, _tracks);
        demuxer.Assume(pmtPid, map);
        return demuxer;
    }

    private void Probe(Demuxer probe)
    {
        try
        {
            while (probe.Position < _limits.ProbeBytes && !(probe.All.Count > 0 && probe.All.TrueForAll(stream => stream.IsData || stream.Count >= ProbeFrames)) && probe.Read())
                probe.All.ForEach(Trim);
        }
        catch (ContainerFormatException)
        {
            // Damage is reported when reading arrives there.
        }
    }

    /// <summary>One stream may fill the probe while another never comes: only what tells its beginning is kept.</summary>
    private static void Trim(ElementaryStream stream)
    {
        if (stream.Frames.Count <= ProbeFrames)
            return;
        var kept = stream.Frames.Take(ProbeFrames).ToList();
        foreach (var frame in stream.Frames.Skip(ProbeFrames))
            ArrayPool<byte>.Shared.Return(frame.Data);
        stream.Frames.Clear();
        foreach (var frame in kept)
            stream.Frames.Enqueue(frame);
    }

    private static Track FirstTrack(ElementaryStream stream) => stream.Frames.TryPeek(out var frame) ? frame.Track : stream.Track!;

    private static long? Earliest(Demuxer probe)
    {
        long? earliest = null;
        var hasMedia = probe.All.Exists(stream => !stream.IsData && stream.Count > 0);
        foreach (var stream in probe.All)
        {
            foreach (var frame in stream.IsData && hasMedia ? [] : stream.Frames)
                earliest = Math.Min(earliest ?? long.MaxValue, frame.Pts);
            while (stream.Frames.TryDequeue(out var frame))
                ArrayPool<byte>.Shared.Return(frame.Data);
        }

        return earliest;
    }

    private TimeSpan MeasureDuration()
    {
        var end = TsTail.Measure(_file, _limits).PresentationEnd;
        return end is { } time ? TimeSpan.FromTicks(((time - _zero) & (TsTime.Wrap - 1)) * 1000 / 9) : TimeSpan.Zero;
    }

    private void Return()
    {
        if (_handedOut is null)
            return;
        ArrayPool<byte>.Shared.Return(_handedOut);
        _handedOut = null;
    }
}
