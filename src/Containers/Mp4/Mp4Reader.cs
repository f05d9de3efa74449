using Tapedeck.Media;

namespace Tapedeck.Containers.Mp4;

/// <summary>
/// Reads MP4 files: ordinary ones with the index anywhere, fragmented ones, and what a recorder left behind when it was stopped in between. Fragments
/// that were never committed are padding here as everywhere. Reads the index or a fragment header at a time, payload frame by frame.
/// </summary>
public sealed class Mp4Reader : IContainerReader
{
    /// <summary>How many runs may wait while a track is looked for that has ended or sleeps.</summary>
    private const int MaxQueued = 65536;
    private readonly Stream _stream;
    private readonly BoxFile _file;
    private readonly Movie _movie;
    private readonly TrackSource[] _sources;
    private readonly FragmentReader _fragments;
    private readonly long _firstFragment;
    private readonly bool _isTorn;
    private readonly bool _hasFragmentIndex;
    private long _nextBox;
    private bool _fragmentsEnded;
    private bool _ended;
    private long _position;
    private byte[] _payload = [];
    private TimeSpan? _duration;
    private FragmentSummary? _fragmentSummary;

    private Mp4Reader(Stream stream)
    {
        _stream = stream;
        _file = new BoxFile(stream);
        var (moov, end, torn) = FindMovie();
        _isTorn = torn;
        _movie = MovieReader.Read(_file.ReadBody(moov));
        _nextBox = _firstFragment = end;
        _hasFragmentIndex = _movie.IsFragmented && FragmentIndex.EndsFile(_file);
        _fragmentsEnded = !_movie.IsFragmented;
        _fragments = new FragmentReader(_movie);
        _sources = [.. _movie.Tracks.Select(track => new TrackSource(track))];
        for (var i = 0; i < _sources.Length; i++)
            _fragments.StartAt(i, _movie.Tracks[i].MediaDuration);
        Tracks = [.. _movie.Tracks.Select(track => track.Entries[0])];
        PlaceOnTimeLine();
    }

    /// <inheritdoc/>
    public string Format => _movie.IsFragmented ? "MP4, fragmented" : "MP4";

    /// <inheritdoc/>
    public DateTimeOffset? StartTime => _movie.Created;

    /// <inheritdoc/>
    public FragmentSummary? Fragments
    {
        get
        {
            _ = Duration;
            return _fragmentSummary;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<Track> Tracks { get; }

    /// <inheritdoc/>
    /// <remarks>A fragmented file that was meant to stay one ends with mfra; one that was cut off, or still grows, does not.</remarks>
    public bool IsFinished => _movie.IsFragmented ? _hasFragmentIndex : !_isTorn;

    /// <inheritdoc/>
    public TimeSpan Duration => _duration ??= new TimeSpan(MovieBox.Scale(FindDuration(), MovieBox.Timescale, (uint)TimeSpan.TicksPerSecond));

    /// <summary>Opens a seekable stream, which belongs to the reader from then on.</summary>
    /// <exception cref="ContainerFormatException">It is not an MP4 file with an index or a fragmented header.</exception>
    public static Mp4Reader Open(Stream stream) => new(stream);

    /// <inheritdoc/>
    public bool TryRead(out MediaFrame frame)
    {
        frame = default;
        while (!_ended)
        {
            FillQueues();
            if (NextSource() is not { } source || !source.TryPeek(out var run))
                break;
            source.Take();
            var size = run.Size * (long)run.Count;
            if (run.Offset < 0 || run.Offset > _file.Length - size)
            {
                if (IsFinished)
                    throw new ContainerFormatException($"A sample of track {source.Info.Id} at offset {run.Offset} lies outside of the file.");
                break;
            }

            // No decoder wants an empty sample.
            if (size == 0)
                continue;
            if (_payload.Length < size)
                _payload = new byte[checked((int)Math.Max(size, Math.Min(_payload.Length * 2L, Array.MaxLength)))];
            _file.Read(run.Offset, _payload.AsSpan(0, (int)size));
            var entries = source.Info.Entries;
            frame = new MediaFrame
            {
                Track = entries[run.Entry >= 0 && run.Entry < entries.Length ? run.Entry : 0],
                Kind = FrameKind.Sample,
                Flags = run.IsKey || source.Info.Kind == TrackKind.Audio ? FrameFlags.Key : FrameFlags.None,
                DecodeTime = run.Time + source.Shift,
                PresentationOffset = run.Composition,
                Payload = _payload.AsMemory(0, (int)size),
                Position = _position,
            };
            if (frame.Track.Codec == Codec.ScriptData)
            {
                if (ScriptSamples.Read(frame) is not { } script)
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

    /// <summary>The first moov, where it ends, and whether a box is cut off by the end of the file.</summary>
    private (FileBox Moov, long End, bool IsTorn) FindMovie()
    {
        FileBox? moov = null;
        long offset = 0;
        while (_file.TryReadHeader(offset, out var box))
        {
            if (moov is null && box.Type == FourCc.Moov)
                moov = box;
            if (!box.IsWhole || (moov is not null && box.Type == FourCc.Moof))
            {
                if (!box.IsWhole && moov?.Offset == box.Offset)
                    throw new ContainerFormatException($"moov at offset {box.Offset} is cut off.");
                return moov is { } known ? (known, known.End, !box.IsWhole) : throw NoMovie(offset);
            }

            offset = box.End;
        }

        return moov is { } found ? (found, found.End, offset < _file.Length) : throw NoMovie(offset);
    }

    private static ContainerFormatException NoMovie(long offset) => new($"No moov box up to offset {offset}.");

    /// <summary>Reads fragments until every track has its next sample, so that the earliest can be told.</summary>
    private void FillQueues()
    {
        while (!_fragmentsEnded)
        {
            var (queued, hungry) = (0, false);
            foreach (var source in _sources)
            {
                // Data may sleep for hours: what comes of it lies in the fragment of its time.
                hungry |= source.Info.Kind != TrackKind.Data && !source.TryPeek(out _);
                queued += source.Queued;
            }

            if (!hungry || queued > MaxQueued)
                return;
            _fragmentsEnded = !TryReadFragment(_fragments, ref _nextBox, (track, run) => _sources[track].Enqueue(run));
        }
    }

    private bool TryReadFragment(FragmentReader reader, ref long offset, Action<int, SampleRun> add)
    {
        while (_file.TryReadHeader(offset, out var box))
        {
            if (box.Type == FourCc.Moof)
            {
                if (!box.IsWhole)
                    return false;
                offset = box.End;
                reader.Read(_file.ReadBody(box), box.Offset, add);
                return true;
            }

            if (!box.IsWhole)
                return false;
            offset = box.End;
        }

        return false;
    }

    /// <summary>The source whose next sample decodes first; pictures win a tie, being first in most files.</summary>
    private TrackSource? NextSource()
    {
        TrackSource? best = null;
        long bestTime = 0;
        foreach (var source in _sources)
        {
            if (!source.TryPeek(out var run))
                continue;
            var time = run.Time + source.Shift;
            if (best is null || (Int128)time * best.Info.Timescale < (Int128)bestTime * source.Info.Timescale)
                (best, bestTime) = (source, time);
        }

        return best;
    }

    /// <summary>Applies edit lists, then moves everything so that the earliest track begins at 0.</summary>
    private void PlaceOnTimeLine()
    {
        FillQueues();
        long earliest = 0;
        uint earliestTimescale = 0;
        foreach (var source in _sources)
        {
            var info = source.Info;
            source.Shift = MovieBox.Scale(info.EmptyEdit, _movie.Timescale, info.Timescale) - info.MediaTime;
            if (source.FirstPresentation() is not { } first)
                continue;
            var start = first + source.Shift;

            // What lies before the edit is decoded but not presented.
            if (info.HasEditList)
                start = Math.Max(start, source.Shift + info.MediaTime);
            if (earliestTimescale == 0 || (Int128)start * earliestTimescale < (Int128)earliest * info.Timescale)
                (earliest, earliestTimescale) = (start, info.Timescale);
        }

        if (earliest == 0)
            return;
        foreach (var source in _sources)
            source.Shift -= MovieBox.Scale(earliest, earliestTimescale, source.Info.Timescale);
    }

    /// <summary>In 1/90000 s. A fragmented file is walked once: its header may say nothing, or what was true some seconds ago.</summary>
    private long FindDuration()
    {
        var duration = MovieBox.Scale(_movie.Duration, _movie.Timescale, MovieBox.Timescale);
        long last = 0, start = long.MaxValue, end = long.MinValue;
        var sources = _sources;
        if (_movie.IsFragmented)
        {
            var reader = new FragmentReader(_movie);
            var offset = _firstFragment;
            var (count, longest) = (0L, 0L);
            while (TryReadFragment(reader, ref offset, Note))
            {
                (count, longest) = (count + 1, Math.Max(longest, end - start));
                (start, end) = (long.MaxValue, long.MinValue);
            }

            _fragmentSummary = new FragmentSummary(count, new TimeSpan(MovieBox.Scale(longest, MovieBox.Timescale, (uint)TimeSpan.TicksPerSecond)));
            duration = Math.Max(last, _movie.Tracks.Any(track => track.Tables.Samples > 0) ? duration : 0);
        }
        else if (duration == 0)
        {
            foreach (var source in sources)
                duration = Math.Max(duration, MovieBox.Scale(source.Info.MediaDuration + source.Shift, source.Info.Timescale, MovieBox.Timescale));
        }

        return duration;

        void Note(int track, SampleRun run)
        {
            if (run.Offset + run.Size > _file.Length || sources[track].Info.Kind == TrackKind.Data)
                return;
            var (shift, timescale) = (sources[track].Shift + run.Composition, sources[track].Info.Timescale);
            var runEnd = MovieBox.Scale(run.EndTime + shift, timescale, MovieBox.Timescale);
            last = Math.Max(last, runEnd);
            end = Math.Max(end, runEnd);
            start = Math.Min(start, MovieBox.Scale(run.Time + shift, timescale, MovieBox.Timescale));
        }
    }
}
