using Tapedeck.Containers.Flv;
using Tapedeck.Media;

namespace Tapedeck.Containers.WebM;

/// <summary>
/// Writes WebM and Matroska files that are playable after every fragment:
/// <code>
/// recording                                    finished
///   EBML, Segment (size unknown)                 EBML, Segment (its size)
///     Void, Info, Tracks                           SeekHead, Info with Duration, Tracks
///     Cluster ..                                   Cluster ..
///     Void[ cluster being written                  Cues
/// </code>
/// A cluster that is cut off by the end of the file makes ffmpeg report "File ended prematurely". So a fragment is written in one go as the body of a Void without
/// an end, and then the 8 bytes of that Void's header become the header of the Cluster. See <see cref="HiddenElement"/>.
/// Block times are presentation times in ms; blocks are in the order of arrival, which is that of decoding.
/// Owner: one task. <see cref="Dispose"/> gives index memory back and may be called once the last plan was carried out.
/// </summary>
public sealed class MatroskaWriter : IContainerWriter, IDisposable
{
    private readonly MatroskaWriterOptions _options;
    private readonly List<BlockTrack> _tracks = [];
    private readonly EbmlBuilder _start = new();
    private readonly CueIndex _cues;
    private readonly ClusterLayout _layout = new();
    private MatroskaHeader _header;
    private bool _headerOut;
    private bool _mustResume;
    private bool _finished;
    private BlockTrack? _data;
    private Int128 _origin;
    private long _lastCue = long.MinValue / 2;
    private long _end;
    private long _patchedDuration;

    /// <summary>A new file.</summary>
    public MatroskaWriter(MatroskaWriterOptions? options = null)
        : this(options ?? new MatroskaWriterOptions(), new CueIndex()) { }

    private MatroskaWriter(MatroskaWriterOptions options, CueIndex cues)
    {
        _options = options;
        _cues = cues;
    }

    /// <summary>An old file, read by <see cref="MatroskaContinuation"/>.</summary>
    internal MatroskaWriter(MatroskaWriterOptions options, MatroskaHeader header, IEnumerable<Track> tracks, CueIndex cues, long end, long length)
        : this(options, cues)
    {
        _tracks.AddRange(tracks.Select(track => new BlockTrack(track)));
        _header = header;
        _headerOut = _mustResume = true;
        _end = _patchedDuration = end;
        Length = length;
    }

    /// <inheritdoc/>
    public long Length { get; private set; }

    /// <inheritdoc/>
    public TimeSpan Duration
    {
        get
        {
            // What is pending is placed only by the cut, but where is known.
            var origin = _headerOut && !_mustResume ? _origin : Earliest() - (_mustResume ? _end : 0);
            Int128 end = _end;
            foreach (var track in _tracks)
            {
                if (track.Pending > 0 && !track.IsData)
                    end = Int128.Max(end, track.LastEnd - origin);
            }

            return new TimeSpan((long)Int128.Min(end / 100, long.MaxValue));
        }
    }

    /// <summary>
    /// Goes on with a file of our own, finished or cut off in mid-recording: the plan takes its Cues away and cuts what was never committed. The first
    /// new frame follows directly on the old end. The file keeps its DocType.
    /// </summary>
    /// <param name="existing">The file; read, not written, and not needed afterwards.</param>
    /// <param name="options">As for a new file.</param>
    /// <param name="plan">Takes the operations; must be carried out before those of the first fragment.</param>
    /// <exception cref="ContainerFormatException">The file is not one of ours.</exception>
    public static MatroskaWriter Continue(Stream existing, MatroskaWriterOptions options, DiskPlan plan) =>
        MatroskaContinuation.Open(existing, options, plan);

    /// <inheritdoc/>
    public TrackVerdict Judge(Track track)
    {
        if (track.Codec == Codec.ScriptData)
            return TrackVerdict.Accepted;
        if (!TrackEntry.CanDescribe(track, _options.DocType))
            return TrackVerdict.Unsupported;
        var known = Find(track.Id);
        if (known < 0)
            return _headerOut || _tracks.Count == ClusterLayout.MaxTracks ? TrackVerdict.NeedsNewFile : TrackVerdict.Accepted;
        return ReferenceEquals(_tracks[known].Seen, track) || TrackEntry.IsSame(_tracks[known].Track, track)
            ? TrackVerdict.Accepted
            : TrackVerdict.NeedsNewFile;
    }

    /// <inheritdoc/>
    public void Add(in MediaFrame frame)
    {
        ObjectDisposedException.ThrowIf(_finished, this);
        if (frame.Kind == FrameKind.Script)
            AddScript(frame);
        if (frame.Kind != FrameKind.Sample || frame.Payload.IsEmpty)
            return;
        BeginData(frame);
        var at = Find(frame.Track.Id);
        if (at < 0 || !ReferenceEquals(_tracks[at].Seen, frame.Track))
        {
            if (Judge(frame.Track) != TrackVerdict.Accepted)
                throw new InvalidOperationException($"Track {frame.Track.Id} ({frame.Track.Codec}) was not accepted by this file.");
            if (frame.Track.Codec == Codec.ScriptData)
                return;
            if (at < 0)
            {
                at = _tracks.Count;
                _tracks.Add(new BlockTrack(frame.Track));
            }

            _tracks[at].Seen = frame.Track;
        }

        var payload = _tracks[at].Whole(frame.Payload);
        if (payload.IsEmpty)
            return;
        _tracks[at].Note(frame with { Payload = payload });
        _layout.Add(_tracks[at], frame, payload);
    }

    /// <summary>Script data is a block of the metadata track, when there is one.</summary>
    private void AddScript(in MediaFrame frame)
    {
        BeginData(frame);
        if (ScriptSamples.Of(frame) is { } sample)
            AddData(sample);
    }

    /// <summary>The metadata track is in the header of every file that may need it.</summary>
    private void BeginData(in MediaFrame next)
    {
        if (_data is not null || !_options.RecordData || _options.DocType == MatroskaDocType.WebM)
            return;
        if (_headerOut)
        {
            _data = _mustResume ? _tracks.Find(track => track.Track.Codec == Codec.ScriptData) : null;
            return;
        }

        _data = new BlockTrack(next.Kind == FrameKind.Script ? next.Track : FlvTracks.ScriptData);
        _tracks.Add(_data);
        if (ScriptSamples.Before(next, _options.Metadata) is { } first)
            AddData(first);
    }

    /// <summary>A cue of WebVTT has two lines before its text: name and settings.</summary>
    private void AddData(in MediaFrame sample)
    {
        if (_data is null)
            return;
        byte[] cue = [(byte)'\n', (byte)'\n', .. sample.Payload.Span];
        _data.Note(sample with { Payload = cue });
        _layout.Add(_data, sample, cue);
    }

    /// <inheritdoc/>
    public void CutFragment(DiskPlan plan, ReadOnlySpan<MediaFrame> following)
    {
        // Data alone begins nothing.
        if (_layout.IsEmpty || ((!_headerOut || _mustResume) && !_tracks.Exists(track => track.Pending > 0 && !track.IsData)))
            return;
        var at = Length;
        var first = plan.Write(_headerOut ? at : 0);
        if (!_headerOut)
            at = Start(plan, first);
        else if (_mustResume)
            Resume();
        _end = Math.Max(_end, _layout.Place(_origin));
        var total = _layout.Write(plan, first, at);
        plan.Sync();
        _layout.Reveal(plan);
        AddCues(at);
        _layout.Clear();
        foreach (var track in _tracks)
            track.Pending = 0;
        Length = at + total;
        if (_end - _patchedDuration >= _options.DurationPatchInterval.Ticks * 100)
        {
            _header.PatchDuration(plan, _end);
            _patchedDuration = _end;
        }
    }

    /// <inheritdoc/>
    public void Finish(DiskPlan plan)
    {
        if (_finished)
            return;
        CutFragment(plan, []);
        _finished = true;
        if (!_headerOut)
            return;
        var cues = Length;
        var ebml = new EbmlBuilder();
        ebml.Begin(ElementId.Cues);
        _cues.WriteTo(ebml, [.. _tracks.Select(track => (long)track.Track.Id)]);
        ebml.End();
        var bytes = plan.Scratch(ebml.Length);
        ebml.Written.CopyTo(bytes.Span);
        var header = HiddenElement.Hide(plan, bytes.Span);
        plan.Write(cues).Add(bytes);
        plan.Sync();
        plan.Write(cues).Add(header);
        Length += bytes.Length;
        plan.Sync();
        _header.PatchFinished(plan, _end, cues);
        plan.Sync();
        _header.PatchSize(plan, Length - _header.Body);
        plan.Sync();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _finished = true;
        _cues.Dispose();
    }

    private int Find(int id)
    {
        for (var i = 0; i < _tracks.Count; i++)
        {
            if (_tracks[i].Track.Id == id)
                return i;
        }

        return -1;
    }

    /// <summary>The earliest presentation of what is pending; source time.</summary>
    private Int128 Earliest()
    {
        Int128? earliest = null;
        foreach (var track in _tracks)
        {
            if (track.Pending > 0 && !track.IsData && (earliest is null || track.FirstPresentation < earliest))
                earliest = track.FirstPresentation;
        }

        return earliest ?? 0;
    }

    /// <summary>Puts the header into the first write; where the fragment begins.</summary>
    private long Start(DiskPlan plan, DiskOperation write)
    {
        // A track of which nothing can be written is not in the file. Pictures first: players begin with the first track.
        _tracks.RemoveAll(track => track.Pending == 0 && !track.IsData);
        _tracks.Sort((a, b) => a.Track.Kind != b.Track.Kind ? a.Track.Kind.CompareTo(b.Track.Kind) : a.Track.Id.CompareTo(b.Track.Id));
        _origin = Earliest();
        _header = MatroskaHeader.Write(_start, _options, _tracks);
        var pad = HiddenElement.Pad(_start.Length);
        if (pad > 0)
            _start.Void(pad);
        var bytes = plan.Scratch(_start.Length);
        _start.Written.CopyTo(bytes.Span);
        write.Add(bytes);
        _headerOut = true;
        return bytes.Length;
    }

    /// <summary>The old end is where the new part begins.</summary>
    private void Resume()
    {
        _origin = Earliest() - _end;
        _mustResume = false;
    }

    /// <summary>Key frames of the first video track; without pictures, about one frame a second.</summary>
    private void AddCues(long at)
    {
        foreach (ref readonly var block in _layout.Blocks)
        {
            if (block.Track != _tracks[0] || !block.IsKey && _cues.Count > 0 || !block.Track.IsVideo && block.Time < _lastCue + 1000)
                continue;
            _cues.Add(block.Time, at + block.Cluster - _header.Body, block.Relative, 0);
            _lastCue = block.Time;
        }
    }
}
