using Tapedeck.Media;

namespace Tapedeck.Containers.Mp4;

/// <summary>The part that knows how the samples are described: one entry of stsd, and a further one for each change of parameters (decision 0016).</summary>
internal sealed partial class WriterTrack
{
    private readonly List<SampleDescription> _entries = [];
    private int _entriesFound;

    /// <summary>The entries of stsd.</summary>
    public IReadOnlyList<SampleDescription> Entries => _entries;

    /// <summary>Index of the entry of what is pending, or comes next.</summary>
    public int Entry { get; private set; }

    /// <summary>What is pending, or comes next, as it is described.</summary>
    public SampleDescription Description => _entries[Entry];

    /// <summary>
    /// Key frames carry their parameter sets: players that know the first entry only then find those of each part of a file that changes, also when they
    /// seek from one to the other.
    /// </summary>
    public bool RepeatsSets { get; set; }

    /// <summary>Entries that the header in the file has.</summary>
    public int EntriesInHeader { get; set; }

    /// <summary>Entries have come to those of the older file.</summary>
    public bool HasNewEntries => _entries.Count > _entriesFound;

    /// <summary>Bytes of entries that the header in the file does not have yet.</summary>
    public int NewEntryBytes
    {
        get
        {
            var bytes = 0;
            for (var i = EntriesInHeader; i < _entries.Count; i++)
                bytes += _entries[i].Bytes.Length;
            return bytes;
        }
    }

    /// <summary>
    /// What the track is presented in, to which all its pictures are scaled (ISO/IEC 14496-12 8.3.2): the size of its largest picture, so that nothing loses
    /// detail; but of the shape of the last entry, because ffmpeg takes the distance between these two shapes for that of pixels.
    /// </summary>
    public (int Width, int Height) PresentedSize
    {
        get
        {
            if (!IsVideo)
                return default;
            var (width, height) = _entries[^1].Size;
            foreach (var entry in _entries)
            {
                var size = entry.Size;
                if (size.Width > width && size.Width * (long)height == size.Height * (long)width)
                    (width, height) = size;
            }

            return (width, height);
        }
    }

    /// <summary>The samples that come are described by this entry. Nothing is pending.</summary>
    public void Use(int entry) => Entry = entry;

    /// <summary>The samples that come are described by an entry of their own. Nothing is pending.</summary>
    public void AddEntry(BoxBuilder builder, Track track, ReadOnlySpan<byte> firstSample)
    {
        builder.Clear();
        SampleEntry.Write(builder, track, firstSample);
        _entries.Add(new SampleDescription(track, builder.Written.ToArray()));
        Entry = _entries.Count - 1;
    }

    /// <summary>Sound with other parameters may have frames of another length: the sum of lengths so far stands.</summary>
    public void RestartClock(ReadOnlySpan<byte> firstSample)
    {
        if (_clock is null)
            return;
        (_anchor, _runSamples) = (Expected, 0);
        _clock = new AudioClock(Description.Track, firstSample);
    }

    /// <summary>Where in the sample parameter sets go; -1 for nowhere.</summary>
    private int PlaceOfSets(in MediaFrame frame) =>
        RepeatsSets && IsVideo && frame.IsKey && Description.ParameterSets.Length > 0 ? Description.PlaceOfSets(frame.Payload.Span) : -1;
}
