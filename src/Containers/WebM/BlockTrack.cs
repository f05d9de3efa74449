using Tapedeck.Media;

namespace Tapedeck.Containers.WebM;

/// <summary>
/// One track being written: turns source times into times of the file. All inner times are nanoseconds: of the <c>source</c> as frames come, or of the
/// <c>file</c>, whose 0 is the first presentation of the earliest track.
/// </summary>
internal sealed class BlockTrack
{
    public const long Second = 1_000_000_000;
    public const long Millisecond = 1_000_000;
    private readonly int _timescale;
    private readonly int _pcmBlock;
    private AudioClock? _clock;
    private Int128 _anchor;
    private long _runSamples;
    private Int128 _lastSource;
    private long _lastDecode = long.MinValue;
    private long _usual;
    private bool _started;

    public BlockTrack(Track track)
    {
        Track = Seen = track;
        _timescale = track.Timescale;
        IsVideo = track.Kind == TrackKind.Video;
        Delay = TrackEntry.CodecDelay(track);
        _pcmBlock = track.Codec is Codec.G711A or Codec.G711U ? Math.Max(1, track.Channels) : 1;
        IsData = track.Kind == TrackKind.Data;
        _usual = IsData ? 0 : IsVideo ? Second / 30 : Second / 50;
        NumberLength = Ebml.SizeLength(track.Id);
    }

    /// <summary>As the header describes it, or is to.</summary>
    public Track Track { get; }

    /// <summary>The latest <see cref="Media.Track"/> that was judged the same: spares judging it again with every frame.</summary>
    public Track Seen { get; set; }

    public bool IsVideo { get; }

    /// <summary>Its times are as they come; the file neither begins nor ends with it.</summary>
    public bool IsData { get; }

    /// <summary>CodecDelay in ns: added to block times, dropped by players.</summary>
    public long Delay { get; }

    /// <summary>Bytes of the TrackNumber in a block.</summary>
    public int NumberLength { get; }

    /// <summary>Frames added since the last cut, and the first sample among them.</summary>
    public int Pending { get; set; }

    public ReadOnlyMemory<byte> FirstSample { get; private set; }

    /// <summary>Earliest presentation of what is pending, run-up left out; source time.</summary>
    public Int128 FirstPresentation { get; private set; }

    /// <summary>Latest end of presentation of all that was added; source time.</summary>
    public Int128 LastEnd { get; private set; } = Int128.MinValue;

    /// <summary>Notes a frame that is to be written with the next cut.</summary>
    public void Note(in MediaFrame frame)
    {
        var shown = Nanoseconds(IsVideo ? frame.PresentationTime : frame.DecodeTime);
        if (Pending++ == 0)
        {
            FirstSample = frame.Payload;
            FirstPresentation = shown + Delay;
        }

        FirstPresentation = Int128.Min(FirstPresentation, shown + Delay);
        LastEnd = Int128.Max(LastEnd, shown + _usual);
    }

    /// <summary>What of the payload is whole samples.</summary>
    public ReadOnlyMemory<byte> Whole(ReadOnlyMemory<byte> payload) => _pcmBlock == 1 ? payload : payload[..(payload.Length / _pcmBlock * _pcmBlock)];

    /// <summary>The time of a block in ms.</summary>
    /// <param name="decode">Source time in ticks.</param>
    /// <param name="offset">Presentation minus decode time in ticks.</param>
    /// <param name="payload">The frame.</param>
    /// <param name="origin">Source time that falls on 0 of the file.</param>
    /// <param name="end">When the frame has been presented: file time.</param>
    public long Place(long decode, int offset, ReadOnlySpan<byte> payload, Int128 origin, out long end)
    {
        var time = Nanoseconds(decode);
        var shown = IsData ? time - origin : IsVideo ? PlaceVideo(decode, offset, origin) : PlaceAudio(time, payload, origin);
        _lastSource = time;
        _started = true;
        end = (long)Int128.Min(shown + _usual, long.MaxValue);
        return (long)Int128.Clamp((shown + Delay + Millisecond / 2) / Millisecond, 0, (1L << 40) - 1);
    }

    private Int128 Nanoseconds(long ticks) => (Int128)ticks * Second / _timescale;

    /// <summary>Where the source has it; but no two pictures are decoded in the same millisecond, which players report.</summary>
    private Int128 PlaceVideo(long decode, int offset, Int128 origin)
    {
        var time = Nanoseconds(decode);
        if (_started && time > _lastSource && time - _lastSource <= Second)
            _usual = (long)(time - _lastSource);
        var exact = (long)Int128.Clamp((time - origin + Millisecond / 2) / Millisecond, long.MinValue / 2, long.MaxValue / 2);
        var placed = _started ? Math.Max(exact, _lastDecode + 1) : exact;
        _lastDecode = placed;
        return Nanoseconds(decode + offset) - origin + (Int128)(placed - exact) * Millisecond;
    }

    /// <summary>At the running sum of frame lengths, unless the source is more than a frame ahead of it, which is a gap, or stays behind it.</summary>
    private Int128 PlaceAudio(Int128 time, ReadOnlySpan<byte> payload, Int128 origin)
    {
        // A frame of Vorbis does not tell its length.
        if (Track.Codec == Codec.Vorbis)
        {
            if (_started && time > _lastSource && time - _lastSource <= Second)
                _usual = (long)(time - _lastSource);
            return time - origin;
        }

        if (_clock is null)
        {
            _clock = new AudioClock(Track, payload);
            _anchor = time;
        }

        var expected = Expected;
        if (time > expected + Math.Max(_usual, Second / 500))
            (_anchor, _runSamples, expected) = (time, 0, time);
        else if (_clock.Behind((long)Int128.Max(time - expected, long.MinValue), _usual) is < 0 and var behind)
            (_anchor, _runSamples, expected) = (expected + behind, 0, expected + behind);
        _runSamples += _clock.SamplesIn(payload);
        _usual = (long)Int128.Clamp(Expected - expected, 1, Second * 10);
        return expected - origin;
    }

    private Int128 Expected => _anchor + (Int128)_runSamples * Second / _clock!.Rate;
}
