using Tapedeck.Media;

namespace Tapedeck.Containers.Mp4;

/// <summary>A sample of the fragment being collected. <see cref="Count"/> is above 1 only for G.711, where a frame is many samples.</summary>
internal struct PendingSample
{
    /// <summary>Memory of the stream's log.</summary>
    public ReadOnlyMemory<byte> Payload;

    /// <summary>Decode time as the source has it.</summary>
    public long SourceTime;

    /// <summary>Decode time in the file, once placed.</summary>
    public long Time;

    /// <summary>Until the next sample; for G.711 of the last of its samples.</summary>
    public uint Duration;

    /// <summary>Presentation minus decode time.</summary>
    public int Offset;

    public uint Count;
    public bool IsKey;

    /// <summary>Bytes of the sample: of the payload, and of the parameter sets in it.</summary>
    public int Length;

    /// <summary>Where parameter sets are put into the payload; -1 for nowhere.</summary>
    public int SetsAt;
}

/// <summary>
/// One track being written. Times: <c>source</c> is as frames come, any 64-bit number; <c>file</c> counts from the track's first sample; the edit list
/// puts file time on the movie's time line (empty edit, then media from <see cref="MediaTime"/> on).
/// </summary>
internal sealed partial class WriterTrack : IDisposable
{
    private PendingSample[] _pending = new PendingSample[64];
    private readonly FrameGrid? _grid;
    private AudioClock? _clock;
    private long _origin;
    private long _anchor;
    private long _runSamples;
    private long _lastTime;
    private long _shift; // of the next sample of sound, 0 or less
    private uint _openDuration;
    private uint _usualDuration;
    private bool _hasOpen;
    private readonly bool _keepsTables;

    /// <param name="track">As the stream, or the older file, describes it.</param>
    /// <param name="movieTimescale">Ticks of edits and of the movie's duration.</param>
    /// <param name="keepsTables">False where the file never gets tables: then nothing grows with it.</param>
    public WriterTrack(Track track, uint movieTimescale = MovieBox.Timescale, bool keepsTables = true)
    {
        Track = Seen = track;
        SourceId = track.Id;
        MovieTimescale = movieTimescale;
        _keepsTables = keepsTables;
        Id = (uint)track.Id;
        Timescale = (uint)track.Timescale;
        IsVideo = track.Kind == TrackKind.Video;
        IsData = track.Kind == TrackKind.Data;
        _grid = IsVideo ? new FrameGrid(Timescale) : null;
        SampleSize = track.Codec is Codec.G711A or Codec.G711U ? Math.Max(1, track.Channels) : 0;
        Tables = new SampleTables(SampleSize, IsVideo);
        _entries.Add(new SampleDescription(track, []));
    }

    public Track Track { get; }

    /// <summary>The latest <see cref="Media.Track"/> that was judged the same: spares judging it again with every frame.</summary>
    public Track Seen { get; set; }

    /// <summary>Its id in the file.</summary>
    public uint Id { get; }

    /// <summary>Its id in the stream; 0 for a track of an older file that no track of the stream was matched with yet.</summary>
    public int SourceId { get; set; }

    /// <summary>Movie ticks a second.</summary>
    public uint MovieTimescale { get; }

    /// <summary>Where presentation may not come before decoding, as version 0 of ctts wants it.</summary>
    public bool KeepsOffsetsPositive { get; init; }

    /// <summary>Added to file time in tfdt: where fragments of an older file began to count.</summary>
    public long TimeBase { get; private set; }

    public uint Timescale { get; }

    public bool IsVideo { get; }

    /// <summary>Its times are as they come, and its samples last until the next one; the first one is at 0, however much later it came.</summary>
    public bool IsData { get; }

    /// <summary>Bytes of every sample when that is constant by nature (G.711), else 0.</summary>
    public int SampleSize { get; private set; }

    public SampleTables Tables { get; }

    /// <summary>Length of the empty edit in movie ticks.</summary>
    public long EmptyEdit { get; private set; }

    /// <summary>Where the edit list begins in the media, in file ticks.</summary>
    public long MediaTime { get; private set; }

    /// <summary>Added to composition offsets when the source's begin below 0, so that <see cref="MediaTime"/> need not be negative.</summary>
    private int OffsetShift { get; set; }

    /// <summary>Sum of all durations, the last one predicted.</summary>
    public long MediaDuration => _hasOpen ? _lastTime + _openDuration : 0;

    /// <summary>File time at which the last presented sample ends.</summary>
    public long PresentationEnd { get; private set; }

    /// <summary>Packets before the audio is whole again, as the roll group says it (negative); 0 when the codec needs none.</summary>
    public int RollDistance { get; private set; }

    public ReadOnlySpan<PendingSample> Pending => _pending.AsSpan(0, PendingCount);

    public int PendingCount { get; private set; }

    /// <summary>Samples in <see cref="Pending"/>, as the container counts them.</summary>
    public uint PendingSamples { get; private set; }

    /// <summary>Samples in the file, as the container counts them.</summary>
    public uint SampleCount { get; private set; }

    public long PendingBytes { get; private set; }

    /// <summary>Source time of the first presentation and of the end of what is pending.</summary>
    public (long Start, long End) PendingSpan { get; private set; }

    /// <summary>Presented length in movie ticks, rounded up so that no player cuts the last frame.</summary>
    public long PresentedTicks =>
        PresentationEnd <= MediaTime ? 0 : (long)(((Int128)(PresentationEnd - MediaTime) * MovieTimescale + Timescale - 1) / Timescale);

    public void Add(in MediaFrame frame)
    {
        var payload = frame.Payload;
        uint count = 1;
        if (SampleSize > 0)
        {
            count = (uint)(payload.Length / SampleSize);
            payload = payload[..(int)(count * SampleSize)];
        }

        if (payload.IsEmpty)
            return;
        var (time, offset) = Times(frame);
        var setsAt = PlaceOfSets(frame);
        var length = payload.Length + (setsAt < 0 ? 0 : Description.ParameterSets.Length);
        if (PendingCount == _pending.Length)
            Array.Resize(ref _pending, _pending.Length * 2);
        _pending[PendingCount++] = new PendingSample
        {
            Payload = payload,
            SourceTime = time,
            Offset = offset,
            Count = count,
            IsKey = frame.IsKey || !IsVideo,
            Length = length,
            SetsAt = setsAt,
        };
        PendingSamples += count;
        PendingBytes += length;
        var shown = time + offset;
        var end = shown + Math.Max(1, _usualDuration);
        PendingSpan = PendingCount == 1 ? (shown, end) : (Math.Min(PendingSpan.Start, shown), Math.Max(PendingSpan.End, end));
    }

    /// <summary>Source time at which the track begins to be presented: after the pre-skip for Opus, whose first samples are only run-up.</summary>
    public long FirstPresentation => PendingSpan.Start + PreSkip();

    /// <summary>The header is about to be written: fixes description and edit list.</summary>
    /// <param name="builder">Scratch.</param>
    /// <param name="zero">Source time of the movie's zero, in ticks of <paramref name="zeroTimescale"/>.</param>
    /// <param name="zeroTimescale">See <paramref name="zero"/>.</param>
    public void Start(BoxBuilder builder, long zero, uint zeroTimescale)
    {
        var first = _pending[0];
        builder.Clear();
        SampleEntry.Write(builder, Track, first.Payload.Span);
        _entries[0] = new SampleDescription(Track, builder.Written.ToArray());
        StartClock(first.Payload.Span);
        if (IsData)
        {
            _origin = MovieBox.Scale(zero, zeroTimescale, Timescale);
            return;
        }

        _origin = first.SourceTime;
        var begin = FirstPresentation - _origin;
        MediaTime = Math.Max(0, begin);
        OffsetShift = (int)Math.Max(0, -begin);
        EmptyEdit = Math.Max(0, MovieBox.Ticks(FirstPresentation, Timescale, zero, zeroTimescale, MovieTimescale));
    }

    /// <summary>Pictures of a steady rate get their exact times, before anything is derived from times.</summary>
    public void Steady()
    {
        if (_grid is null || PendingCount == 0)
            return;
        _grid.Fit(Pending);
        foreach (ref var sample in _pending.AsSpan(0, PendingCount))
        {
            var shown = _grid.Snap(sample.SourceTime + sample.Offset);
            sample.SourceTime = _grid.Snap(sample.SourceTime);
            sample.Offset = (int)Math.Clamp(shown - sample.SourceTime, int.MinValue, int.MaxValue);
        }

        PendingSpan = (_grid.Snap(PendingSpan.Start), PendingSpan.End);
    }

    /// <summary>Gives the pending samples their place in the file and the one before them its final duration.</summary>
    /// <param name="following">The next frame of this track, when it is known.</param>
    public void Place(in MediaFrame? following)
    {
        for (var i = 0; i < PendingCount; i++)
        {
            ref var sample = ref _pending[i];
            var time = NextTime(sample.SourceTime);
            if (_hasOpen)
            {
                var duration = CloseSample(time);
                if (i > 0)
                    _pending[i - 1].Duration = duration;
            }

            // Of many samples to a frame, none can last shorter.
            var followsClock = _clock is not null && SampleSize == 0;
            var distance = followsClock ? sample.SourceTime - _origin - Expected : 0;
            var shown = sample.SourceTime + sample.Offset - _origin;
            sample.Time = time;
            sample.Offset = IsVideo ? (int)Math.Clamp(shown - time + OffsetShift, KeepsOffsetsPositive ? 0 : int.MinValue, int.MaxValue) : 0;
            Advance(time, sample.Payload.Span, sample.Count);
            if (followsClock)
                _shift = _clock!.Behind(distance, _usualDuration);
            PresentationEnd = Math.Max(PresentationEnd, _lastTime + sample.Offset + _openDuration);
        }

        ref var last = ref _pending[PendingCount - 1];
        last.Duration = _openDuration;
        if (following is { } next)
            last.Duration = (uint)(NextTime(_grid?.Snap(Times(next).Time) ?? Times(next).Time) - _lastTime);
    }

    /// <summary>Adds the pending samples to the write that takes them to the file.</summary>
    public void AddTo(DiskOperation write)
    {
        foreach (ref readonly var sample in Pending)
        {
            if (sample.SetsAt < 0)
            {
                write.Add(sample.Payload);
                continue;
            }

            write.Add(sample.Payload[..sample.SetsAt]);
            write.Add(Description.ParameterSets);
            write.Add(sample.Payload[sample.SetsAt..]);
        }
    }

    /// <summary>Enters the placed samples, which lie at <paramref name="offset"/>, into the tables and forgets them.</summary>
    public void Commit(long offset)
    {
        SampleCount += PendingSamples;
        if (_keepsTables)
            Tables.AddChunk(offset, PendingSamples, (uint)Entry + 1);
        foreach (ref readonly var sample in Pending)
        {
            if (!_keepsTables)
                break;
            if (SampleSize > 0)
                Tables.AddConstant(sample.Count);
            else
                Tables.AddSample((uint)sample.Length, sample.Offset, sample.IsKey);
        }

        Array.Clear(_pending, 0, PendingCount);
        PendingCount = 0;
        PendingSamples = 0;
        PendingBytes = 0;
    }

    /// <summary>No sample follows: the last one lasts as predicted.</summary>
    public void Finish()
    {
        if (_hasOpen && _keepsTables)
            Tables.AddDuration(_openDuration);
    }

    public void Dispose() => Tables.Dispose();

    /// <summary>Decode time and composition offset in ticks of the file: an older file may count otherwise than the stream.</summary>
    private (long Time, int Offset) Times(in MediaFrame frame)
    {
        var timescale = (uint)frame.Track.Timescale;
        if (timescale == Timescale)
            return (frame.DecodeTime, IsVideo ? frame.PresentationOffset : 0);
        var time = MovieBox.Scale(frame.DecodeTime, timescale, Timescale);
        return (time, IsVideo ? (int)Math.Clamp(MovieBox.Scale(frame.PresentationTime, timescale, Timescale) - time, int.MinValue, int.MaxValue) : 0);
    }

    private int PreSkip() => Track.Codec == Codec.Opus && Opus.TryParseHead(Track.Configuration.Span, out var head)
        ? (int)((long)head.PreSkip * Timescale / 48000)
        : 0;

    private void StartClock(ReadOnlySpan<byte> firstSample)
    {
        if (IsVideo || IsData)
            return;
        _clock = new AudioClock(Description.Track, firstSample);
        if (Track.Codec == Codec.Opus)
        {
            // 80 ms of run-up (Opus in ISO BMFF 4.3.6.2), in packets.
            var packet = Math.Max(120, _clock.SamplesIn(firstSample));
            RollDistance = -((3840 + packet - 1) / packet);
        }
    }

    /// <summary>
    /// Where a sample of this source time goes. Video: there, or 1 tick after the sample before. Audio: at the running sum of frame lengths, unless the
    /// source is more than a frame ahead of it, which is a gap, or stays behind it.
    /// </summary>
    private long NextTime(long source)
    {
        var time = source - _origin;
        if (IsData && !_hasOpen)
            return 0;
        if (IsVideo || IsData)
            return _hasOpen ? Math.Clamp(time, _lastTime + 1, _lastTime + int.MaxValue) : Math.Max(0, time);
        var expected = Expected;
        return time > expected + Math.Max(_usualDuration, Timescale / 500) ? Math.Min(time, expected + int.MaxValue) : Math.Max(expected + _shift, _hasOpen ? _lastTime + 1 : 0);
    }

    private long Expected => _anchor + (long)((Int128)_runSamples * Timescale / _clock!.Rate);

    /// <summary>The sample at <paramref name="time"/> is now the last one.</summary>
    private void Advance(long time, ReadOnlySpan<byte> payload, uint count)
    {
        _hasOpen = true;
        if (IsVideo || IsData)
        {
            _lastTime = time;
            _openDuration = _usualDuration > 0 ? _usualDuration : Math.Max(1, Timescale / 30);
            return;
        }

        if (time != Expected)
            (_anchor, _runSamples) = (time, 0);
        _runSamples += _clock!.SamplesIn(payload);
        var length = (uint)Math.Max(1, Expected - time);
        _usualDuration = length;
        _openDuration = length;
        _lastTime = time;
        if (SampleSize == 0)
            return;

        // All samples but the last of this frame are known to last 1.
        if (_keepsTables)
            Tables.AddDuration(1, count - 1);
        _lastTime = time + count - 1;
        _openDuration = 1;
    }

    private uint CloseSample(long nextTime)
    {
        var duration = (uint)(nextTime - _lastTime);
        if (_keepsTables)
            Tables.AddDuration(duration);
        if (IsVideo && duration <= Timescale)
            _usualDuration = duration;
        return duration;
    }
}
