using Tapedeck.Media;

namespace Tapedeck.Containers.Mp4;

/// <summary>
/// Reads back what a file holds, as tracks that a writer can go on with, and judges its tail:
/// <code>
/// [tables of moov] moof mdat ..   whole fragments; the last ones are looked into, because their pages may never have reached the disk
///                  free{moof mdat}  hidden: complete, but never committed
///                  free{moov}       an index that was staged and not switched on; of others: moov, visible
///                  moof mda         torn: samples that are whole may be saved
///                  00 00 ..         pages that were never written
/// </code>
/// </summary>
internal sealed class Mp4Recovery
{
    /// <summary>Fragments that one loss of power can spoil: more is another kind of damage.</summary>
    private const int MaxSpoiled = 64;

    /// <summary>Boxes behind the last fragment that are looked at: one torn, one staged, and what old attempts have left.</summary>
    private const int MaxTail = 16;
    private readonly BoxFile _file;
    private readonly Mp4Layout _layout;
    private readonly FragmentReader _reader;

    private Mp4Recovery(BoxFile file, Mp4Layout layout, Mp4WriterOptions options)
    {
        _file = file;
        _layout = layout;
        _reader = new FragmentReader(layout.Movie);
        foreach (var info in layout.Movie.Tracks)
        {
            var track = new WriterTrack(info.Entries[0], layout.Movie.Timescale, !options.Fragmented) { KeepsOffsetsPositive = options.WinQtCompat };
            var entries = info.Entries.Select((entry, i) => new SampleDescription(entry, i < info.EntryBytes.Length ? info.EntryBytes[i].ToArray() : []));
            track.Restore(entries, info.EmptyEdit, info.MediaTime);
            Tracks.Add(track);
        }
    }

    public List<WriterTrack> Tracks { get; } = [];

    /// <summary>Fragment numbers only have to grow.</summary>
    public uint Sequence { get; private set; }

    /// <summary>Committed ones.</summary>
    public int Fragments { get; private set; }

    /// <summary>Behind the last committed fragment, or the header.</summary>
    public long End { get; private set; }

    /// <summary>Behind the last box that is whole, or before spoiled fragments: from here on the file is damaged.</summary>
    public long WholeEnd { get; private set; }

    /// <summary>The last fragment, complete and never committed; its samples are in the tracks.</summary>
    public StoredFragment? Hidden { get; private set; }

    /// <summary>A fragment that is cut off, some of whose samples were saved into the tracks.</summary>
    public StoredFragment? Torn { get; private set; }

    /// <summary>Samples saved from <see cref="Torn"/>, or from tables that name more than there is.</summary>
    public int Saved { get; private set; }

    /// <summary>A final moov behind the fragments that has exactly their samples.</summary>
    public FileBox? Index { get; private set; }

    /// <summary>Samples in all tracks.</summary>
    public long Samples => Tracks.Sum(track => (long)track.SampleCount);

    /// <param name="file">The file.</param>
    /// <param name="layout">Its parts.</param>
    /// <param name="options">How the tracks will be written on.</param>
    /// <param name="saves">Whether samples of a torn fragment, or of tables that reach beyond the file, are taken as far as they are there.</param>
    /// <exception cref="ContainerFormatException">Tables name samples that are not there, and nothing is to be saved.</exception>
    public static Mp4Recovery Read(BoxFile file, Mp4Layout layout, Mp4WriterOptions options, bool saves)
    {
        var recovery = new Mp4Recovery(file, layout, options);
        recovery.ReadTables(saves);
        if (layout.Movie.IsFragmented)
            recovery.ReadFragments(saves);
        else
            recovery.End = layout.End;
        recovery.MoveStart();
        return recovery;
    }

    /// <summary>As a writer needs it; <paramref name="length"/> is where it goes on.</summary>
    public OlderFile ToOlderFile(long length) => new()
    {
        Tracks = Tracks,
        Template = new MovieTemplate(_layout.Body),
        Sequence = Sequence,
        DurationAt = _layout.FindDuration().Offset,
        DurationIsShort = _layout.FindDuration().IsShort,
        Length = length,
        CoverAt = _layout.CoverAt,
        Reserved = _layout.Placeholder?.Length ?? 0,
    };

    private void ReadTables(bool saves)
    {
        for (var i = 0; i < Tracks.Count; i++)
        {
            var info = _layout.Movie.Tracks[i];
            var cursor = new TableCursor(info.Tables, info.Kind == TrackKind.Audio);
            uint chunk = 0;
            while (cursor.TryNext(out var run))
            {
                if (!Mp4Layout.IsInside(_file, run))
                {
                    if (!saves)
                        throw new ContainerFormatException($"Samples at offset {run.Offset} reach beyond the end of the file: it must be repaired before it can be continued.");
                    break;
                }

                if (cursor.Chunk != chunk)
                    Tracks[i].EndChunk();
                chunk = cursor.Chunk;
                Tracks[i].RestoreSamples(run);
            }

            Tracks[i].EndChunk();
            Sequence += chunk;
            if (info.Tables.Samples > 0)
                _reader.StartAt(i, info.MediaDuration);
        }
    }

    private void ReadFragments(bool saves)
    {
        var (whole, rest) = FindFragments();
        var spoiled = 0;

        // Where even the first looks wrong, it is the way of its maker.
        var isJudged = whole.Count == 1 || (whole.Count > 1 && IsSound(whole[0]));
        while (isJudged && whole.Count > 0 && spoiled < MaxSpoiled && !IsSound(whole[^1]))
        {
            rest = [whole[^1]];
            WholeEnd = whole[^1].Offset;
            whole.RemoveAt(whole.Count - 1);
            spoiled++;
        }

        End = _layout.Moov.End;
        foreach (var box in whole)
        {
            var fragment = StoredFragment.Read(_file, box) ?? throw new ContainerFormatException($"The fragment at offset {box.Offset} cannot be read.");
            Take(_reader, fragment, onlyWhole: false);
            End = Math.Max(box.End, fragment.MediaEnd);
        }

        Fragments = whole.Count;
        Sequence = Math.Max(Sequence, _reader.Sequence);
        foreach (var box in rest)
            ReadTail(box, saves);
    }

    /// <summary>Spoiled is what cannot be; a foreign fragment whose media is used in another way than ours is not.</summary>
    private bool IsSound(in FileBox box)
    {
        if (StoredFragment.Read(_file, box) is not { } fragment)
            return false;
        var runs = fragment.Samples(_layout.Movie);
        for (var i = 0; i < runs.Length; i++)
        {
            foreach (var run in runs[i])
            {
                if (!StoredFragment.IsSane(_file, _layout.Movie.Tracks[i], run))
                    return false;
            }
        }

        return fragment.MediaEnd == 0 || fragment.IsWhole;
    }

    /// <summary>Committed fragments, and the boxes behind the last of them that may be worth something.</summary>
    private (List<FileBox> Whole, List<FileBox> Tail) FindFragments()
    {
        var whole = new List<FileBox>();
        var rest = new List<FileBox>();
        var offset = _layout.Moov.End;
        while (_file.TryReadHeader(offset, out var box) && box.Type != 0)
        {
            if (box.Type == FourCc.Moof && box.IsWhole && _file.TryReadHeader(box.End, out var media) && media.Type != 0)
            {
                rest.Clear();
                if (media.Type == FourCc.Mdat && !media.IsWhole)
                {
                    WholeEnd = box.Offset;
                    return (whole, [box]);
                }

                whole.Add(box);
            }
            else if (box.Type is FourCc.Moof or FourCc.Free or FourCc.Moov)
            {
                if (rest.Count < MaxTail)
                    rest.Add(box);
            }

            if (!box.IsWhole)
                break;
            offset = box.End;
        }

        WholeEnd = offset;
        return (whole, rest);
    }

    private void ReadTail(in FileBox box, bool saves)
    {
        if (IsIndex(box) || Hidden is not null || Torn is not null)
            return;
        if (StoredFragment.Read(_file, box) is not { } fragment)
            return;
        if (box.Type == FourCc.Free && fragment.IsSound(_file, _layout.Movie))
        {
            Take(_reader, fragment, onlyWhole: false);
            Sequence = Math.Max(Sequence, _reader.Sequence);
            Hidden = fragment;
            return;
        }

        if (!saves)
            return;
        Saved = Take(_reader, fragment, onlyWhole: true);
        if (Saved > 0)
            Torn = fragment;
    }

    /// <summary>Gives the samples to the tracks; with <paramref name="onlyWhole"/> each track ends at its first sample that is not there.</summary>
    private int Take(FragmentReader reader, StoredFragment fragment, bool onlyWhole)
    {
        var stopped = new bool[Tracks.Count];
        var count = 0;
        reader.Read(fragment.Body, fragment.Offset, (index, run) =>
        {
            if (onlyWhole && (stopped[index] || run.Offset + run.Size * (long)run.Count > fragment.Limit
                || (fragment.IsWhole && EndsInZeros(run)) || !StoredFragment.IsSane(_file, _layout.Movie.Tracks[index], run)))
            {
                stopped[index] = true;
                return;
            }

            if (!Mp4Layout.IsInside(_file, run))
                throw new ContainerFormatException($"Samples at offset {run.Offset} of the fragment at {fragment.Offset} reach beyond the end of the file.");
            Tracks[index].RestoreSamples(run);
            count++;
        });
        foreach (var track in Tracks)
            track.EndChunk();
        return count;
    }

    /// <summary>In a fragment that has its length and lost its pages, the sample before the zeros may have lost its end.</summary>
    private bool EndsInZeros(in SampleRun run)
    {
        const int Look = 4;
        var end = run.Offset + run.Size * (long)run.Count;
        if (run.Size < Look || !Mp4Layout.IsInside(_file, run))
            return false;
        Span<byte> last = stackalloc byte[Look];
        _file.Read(end - Look, last);
        return last.IndexOfAnyExcept((byte)0) < 0;
    }

    /// <summary>A final moov that is the last thing in the file and names as many samples as the fragments hold, all of them there.</summary>
    private bool IsIndex(in FileBox box)
    {
        var moov = box;
        if (box.Type == FourCc.Free && (!_file.TryReadHeader(box.Offset + 8, out moov) || moov.Type != FourCc.Moov))
            return false;
        if (moov.Type != FourCc.Moov || !moov.IsWhole || moov.End != box.End || box.End != _file.Length)
            return false;
        try
        {
            var movie = MovieReader.Read(_file.ReadBody(moov));
            foreach (var track in Tracks)
            {
                if (track.SampleCount > 0 && movie.Tracks.FirstOrDefault(other => other.Id == track.Id) is var other
                    && (other is null || CountInside(other) != track.SampleCount))
                    return false;
            }

            if (movie.IsFragmented)
                return false;
        }
        catch (ContainerFormatException)
        {
            return false;
        }

        Index = moov;
        return true;
    }

    private uint CountInside(MovieTrack track)
    {
        var cursor = new TableCursor(track.Tables, track.Kind == TrackKind.Audio);
        uint count = 0;
        while (cursor.TryNext(out var run) && Mp4Layout.IsInside(_file, run))
            count += run.Count;
        return count;
    }

    /// <summary>Fragments that do not begin at 0 (parts cut out of a longer stream) are moved there, all tracks alike.</summary>
    private void MoveStart()
    {
        var begun = Tracks.Where(track => track.SampleCount > 0).ToList();
        if (begun.TrueForAll(track => track.TimeBase == 0))
            return;
        var earliest = begun.Min(track => MovieBox.Scale(track.TimeBase, track.Timescale, track.MovieTimescale));
        foreach (var track in begun)
            track.MoveStart(earliest);
    }
}
