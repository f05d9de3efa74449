namespace Tapedeck.Containers.Mp4;

/// <summary>
/// The part that takes over a track of an older file: its samples in order of decoding, chunk by chunk. File time counts from the first of them, so
/// that stts can begin there; <see cref="TimeBase"/> remembers what fragments counted from.
/// </summary>
internal sealed partial class WriterTrack
{
    private (long Start, long End, uint Samples, int Entry) _chunk;
    private bool _isRestored;

    /// <summary>The edit list of the older file no longer says what is right: it is written anew.</summary>
    public bool HasNewEdits { get; private set; }

    /// <summary>Takes the descriptions and the edit list.</summary>
    public void Restore(IEnumerable<SampleDescription> entries, long emptyEdit, long mediaTime)
    {
        _entries.Clear();
        _entries.AddRange(entries);
        _entriesFound = EntriesInHeader = _entries.Count;
        EmptyEdit = emptyEdit;
        MediaTime = mediaTime;
        SourceId = 0;
    }

    /// <summary>Samples that the older file holds, in order.</summary>
    public void RestoreSamples(in SampleRun run)
    {
        if (run.Count == 0)
            return;
        if (!_isRestored)
            Begin(run);
        if (_chunk.Samples > 0 && (run.Offset != _chunk.End || run.Entry != _chunk.Entry))
            EndChunk();
        if (_chunk.Samples == 0)
            _chunk = (run.Offset, run.Offset, 0, run.Entry);
        Entry = Math.Clamp(run.Entry, 0, _entries.Count - 1);
        SampleCount += run.Count;
        _chunk.Samples += run.Count;
        _chunk.End = run.Offset + run.Size * (long)run.Count;

        // Times that do not grow would give durations of 0.
        var time = run.Time - TimeBase;
        if (_hasOpen)
        {
            time = Math.Clamp(time, _lastTime + 1, _lastTime + uint.MaxValue);
            CloseSample(time);
        }

        var length = Math.Max(1, run.Duration);
        if (_keepsTables)
        {
            if (SampleSize > 0)
                Tables.AddConstant(run.Count);
            else
                Tables.AddRun((uint)run.Size, run.Composition, run.IsKey, run.Count);
            Tables.AddDuration(length, run.Count - 1);
        }

        _hasOpen = true;
        _lastTime = time + (run.Count - 1) * (long)length;
        _openDuration = length;
        if (_openDuration <= Timescale)
            _usualDuration = SampleSize > 0 ? Timescale / 50 : _openDuration;
        PresentationEnd = Math.Max(PresentationEnd, _lastTime + run.Composition + _openDuration);
    }

    /// <summary>What comes next lies elsewhere.</summary>
    public void EndChunk()
    {
        if (_chunk.Samples > 0 && _keepsTables)
            Tables.AddChunk(_chunk.Start, _chunk.Samples, (uint)_chunk.Entry + 1);
        _chunk = default;
    }

    /// <summary>
    /// Fragments may begin at any time, and tables at 0 only: the distance that tracks had moves into the edit list.
    /// <paramref name="earliest"/> is the time of the file's first fragment, in movie ticks, which becomes 0.
    /// </summary>
    public void MoveStart(long earliest)
    {
        var begin = TimeBase - MediaTime + MovieBox.Scale(EmptyEdit - earliest, MovieTimescale, Timescale);
        MediaTime = Math.Max(0, -begin);
        EmptyEdit = MovieBox.Scale(Math.Max(0, begin), Timescale, MovieTimescale);
        HasNewEdits = true;
    }

    /// <summary>After a restored file: source time <paramref name="zero"/> falls on movie time <paramref name="movieTime"/>.</summary>
    public void Resume(long zero, uint zeroTimescale, long movieTime)
    {
        var atZero = MovieBox.Scale(zero, zeroTimescale, Timescale);
        _origin = atZero - MediaTime - MovieBox.Scale(movieTime - EmptyEdit, MovieTimescale, Timescale);
        StartClock(PendingCount > 0 ? _pending[0].Payload.Span : []);
        _anchor = _lastTime + _openDuration;
    }

    private void Begin(in SampleRun first)
    {
        _isRestored = true;
        TimeBase = first.Time;
        if (first.Size != SampleSize)
            SampleSize = 0;

        // As StartClock would find it with the packet at hand.
        if (Track.Codec == Media.Codec.Opus && first.Duration > 0)
        {
            var packet = Math.Max(120, first.Duration * 48000L / Timescale);
            RollDistance = (int)-((3840 + packet - 1) / packet);
        }
    }
}
