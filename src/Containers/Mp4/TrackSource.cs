using Tapedeck.Media;

namespace Tapedeck.Containers.Mp4;

/// <summary>The samples of one track in order: those of moov, then those of the fragments read so far.</summary>
internal sealed class TrackSource
{
    private readonly MovieTrack _info;
    private readonly bool _isPcm;
    private readonly uint _pcmPiece;
    private readonly Queue<SampleRun> _fragments = new();
    private TableCursor _table;
    private SampleRun _current;
    private bool _hasCurrent;
    private bool _tableEnded;

    public TrackSource(MovieTrack info)
    {
        _info = info;
        _isPcm = info.Kind == TrackKind.Audio;
        _pcmPiece = Math.Max(1, info.Timescale / 50);
        _table = new TableCursor(info.Tables, _isPcm);
    }

    /// <summary>Runs waiting that came from fragments.</summary>
    public int Queued => _fragments.Count;

    /// <summary>Added to decode times: edit list, and the file's beginning.</summary>
    public long Shift { get; set; }

    public MovieTrack Info => _info;

    public void Enqueue(in SampleRun run) => _fragments.Enqueue(run);

    /// <summary>The next sample (PCM: the next 20 ms at most), without taking it.</summary>
    public bool TryPeek(out SampleRun run)
    {
        if (!_hasCurrent)
        {
            _tableEnded = _tableEnded || !_table.TryNext(out _current);
            if (_tableEnded && !_fragments.TryDequeue(out _current))
            {
                run = default;
                return false;
            }

            _hasCurrent = true;
        }

        run = _current.Take(Piece(_current));
        return true;
    }

    /// <summary>Takes what <see cref="TryPeek"/> showed.</summary>
    public void Take()
    {
        var count = Piece(_current);
        _hasCurrent = _current.Count > count;
        _current = _current.Skip(count);
    }

    /// <summary>Earliest presentation among the first samples, before edits; null when there are none.</summary>
    public long? FirstPresentation()
    {
        const int Reorder = 32;
        if (!TryPeek(out var run))
            return null;
        var first = run.Time + run.Composition;
        var table = _table;
        var seen = 0;
        for (; seen < Reorder && !_tableEnded && table.TryNext(out run); seen++)
            first = Math.Min(first, run.Time + run.Composition);
        foreach (var next in _fragments)
        {
            if (seen++ >= Reorder)
                break;
            first = Math.Min(first, next.Time + next.Composition);
        }

        return first;
    }

    private uint Piece(in SampleRun run) =>
        run.Count > 1 && _isPcm && TableCursor.IsPcm((uint)run.Size, run.Duration) ? Math.Min(run.Count, _pcmPiece) : 1;
}
