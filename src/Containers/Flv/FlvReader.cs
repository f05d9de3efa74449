using Tapedeck.Media;

namespace Tapedeck.Containers.Flv;

/// <summary>
/// Reads FLV and Enhanced FLV frame by frame, in the order of the file (which is the order of arrival: decode times of different tracks may
/// overlap a little). Every tag gives at least one frame, as <see cref="FlvPacketParser"/> says.
/// </summary>
public sealed class FlvReader : IContainerReader
{
    // How far the beginning is searched for the tracks and the first presented frame.
    private const int ProbeTags = 1000;
    private const long ProbeBytes = 8 << 20;

    private readonly FlvTagReader _tags;
    private readonly FlvPacketParser _parser;
    private readonly Pending _pending = new();
    private readonly FlvFileState _state;
    private long _time;
    private long _shift;
    private bool _hasTime;
    private long _malformedInProbe;

    private FlvReader(FlvTagReader tags, FlvFileState state, FlvParserLimits? limits)
    {
        _tags = tags;
        _state = state;
        _parser = new FlvPacketParser(_pending, limits);
        Tracks = Probe();
    }

    /// <inheritdoc/>
    public string Format => "FLV";

    /// <inheritdoc/>
    public IReadOnlyList<Track> Tracks { get; }

    /// <inheritdoc/>
    public TimeSpan Duration => IsFinished ? _state.StatedDuration!.Value : TimeSpan.FromMilliseconds(_state.NextPresentation - _state.FirstTime);

    /// <inheritdoc/>
    public bool IsFinished => !_state.IsTorn && !_state.IsUnfinished && _state.StatedDuration is not null
        && (_state.Metadata?.Object?["filesize"] is not { Kind: ScriptKind.Number, Number: > 0 } size || (long)size.Number == _state.Length);

    /// <summary>The file's onMetaData, when it begins with one.</summary>
    public ScriptData? Metadata => _state.Metadata;

    /// <summary>Packets that were not understood so far; see <see cref="FlvPacketParser.MalformedPackets"/>.</summary>
    public long MalformedPackets => _parser.MalformedPackets - _malformedInProbe;

    /// <summary>Opens a file.</summary>
    /// <param name="file">A stream that can seek; disposed with the reader.</param>
    /// <param name="limits">What the packets may demand.</param>
    /// <param name="maxBodyLength">Larger tags are an error.</param>
    /// <exception cref="ContainerFormatException">It is no FLV file.</exception>
    public static FlvReader Open(Stream file, FlvParserLimits? limits = null, int maxBodyLength = FlvTagReader.MaxBodyLength)
    {
        var tags = FlvTagReader.Open(file, maxBodyLength);
        return new FlvReader(tags, FlvFileState.Examine(file, TimeSpan.Zero), limits);
    }

    /// <inheritdoc/>
    public bool TryRead(out MediaFrame frame)
    {
        while (!_pending.TryTake(out frame))
        {
            if (!ReadTag())
                return false;
        }

        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _tags.Dispose();

    /// <summary>Reads one tag into the pending frames.</summary>
    private bool ReadTag()
    {
        if (!_tags.TryRead(out var tag))
            return false;
        // 32 bits that wrap: the shorter way round is the right one.
        _time = _hasTime ? _time + (int)(tag.Timestamp - (uint)_time) : tag.Timestamp;
        _hasTime = true;
        var time = _time - _shift;
        switch (tag.Type)
        {
            case FlvTagType.Video:
                _parser.Video(time, tag.Body);
                break;
            case FlvTagType.Audio:
                _parser.Audio(time, tag.Body);
                break;
            case FlvTagType.Script:
                _parser.Data(time, tag.Body);
                break;
            case FlvTagType.ScriptAmf3 when tag.Body.Length > 0:
                // A selector byte, then AMF0 as a rule.
                _parser.Data(time, tag.Body[1..]);
                break;
        }

        return true;
    }

    /// <summary>
    /// Goes through the beginning once, with the parser that is used afterwards: it knows the tracks then, and the second time the same sequence
    /// headers give the same <see cref="Track"/> objects.
    /// </summary>
    private List<Track> Probe()
    {
        var start = _tags.Position;
        var first = long.MaxValue;
        var found = new SortedDictionary<int, (Track Track, bool HasSample)>();
        try
        {
            for (var i = 0; i < ProbeTags && _tags.Position - start < ProbeBytes && ReadTag(); i++)
            {
                while (_pending.TryTake(out var frame))
                {
                    if (frame.Kind is not (FrameKind.Sample or FrameKind.Configuration))
                        continue;
                    var isSample = frame.Kind == FrameKind.Sample;
                    found[frame.Track.Id] = (frame.Track, isSample || found.GetValueOrDefault(frame.Track.Id).HasSample);
                    var time = FlvTime.ToMilliseconds(frame.PresentationTime, frame.Track.Timescale);
                    if (isSample)
                        first = Math.Min(first, time);
                }

                if (HasAll(found.Values))
                    break;
            }
        }
        catch (ContainerFormatException)
        {
            // Damage is reported when reading arrives there.
        }

        _tags.Position = start;
        _hasTime = false;
        _shift = first == long.MaxValue ? 0 : first;
        _malformedInProbe = _parser.MalformedPackets;
        return [.. found.Values.Select(entry => entry.Track)];
    }

    /// <summary>What the header promises was found, and of each track a sample. Many headers promise what never comes: the probe has an end.</summary>
    private bool HasAll(IReadOnlyCollection<(Track Track, bool HasSample)> found) =>
        found.Count > 0
        && found.All(entry => entry.HasSample)
        && (_tags.HasVideo || _tags.HasAudio)
        && (!_tags.HasVideo || found.Any(entry => entry.Track.Kind == TrackKind.Video))
        && (!_tags.HasAudio || found.Any(entry => entry.Track.Kind == TrackKind.Audio));

    private sealed class Pending : IFrameSink
    {
        private readonly Queue<MediaFrame> _frames = new();

        public void OnFrame(in MediaFrame frame) => _frames.Enqueue(frame);

        public bool TryTake(out MediaFrame frame) => _frames.TryDequeue(out frame);
    }
}
