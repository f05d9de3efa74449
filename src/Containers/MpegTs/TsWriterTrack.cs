using Tapedeck.Media;

namespace Tapedeck.Containers.MpegTs;

/// <summary>A sample waiting for the next cut. Times are at 90 kHz on the file's time line once it was placed.</summary>
internal struct PendingUnit
{
    /// <summary>Memory of the stream's log.</summary>
    public ReadOnlyMemory<byte> Payload;

    public TsWriterTrack Track;
    public ElementaryForm Form;

    /// <summary>At 90 kHz as the source has it.</summary>
    public long SourceTime;

    /// <summary>Presentation minus decode time at 90 kHz.</summary>
    public long Offset;

    /// <summary>Index of the next unit of the same PES packet, -1 for none.</summary>
    public int Next;

    /// <summary>How long audio lasts, in samples of its clock.</summary>
    public int Samples;

    /// <summary>Samples of that clock in a second.</summary>
    public int Rate;

    public bool IsKey;
}

/// <summary>One PES packet to be written: a picture, or audio frames without a gap between them.</summary>
internal struct PendingPes
{
    public TsWriterTrack Track;
    public ElementaryForm Form;
    public long Dts;
    public long Pts;

    /// <summary>Index of its first unit.</summary>
    public int First;

    /// <summary>Index of its last unit.</summary>
    public int Last;

    /// <summary>Bytes of elementary stream.</summary>
    public int Size;

    public bool IsKey;
}

/// <summary>
/// One track being written. <c>Source</c> times are as frames come, at 90 kHz; <c>file</c> times are what is written before the wrap. Video keeps its
/// times; audio goes by the lengths of its frames, as source clocks are only good to a millisecond.
/// </summary>
internal sealed class TsWriterTrack(Track track)
{
    private AudioClock? _clock;
    private long _anchor;
    private long _runSamples;
    private int _rate;
    private long _usual = track.Kind == TrackKind.Video ? TsTime.Rate / 30 : TsTime.Rate / 50;
    private long _shift;
    private long _lastSource = long.MinValue;

    /// <summary>The latest track that was accepted.</summary>
    public Track Seen { get; private set; } = track;

    public bool IsVideo { get; } = track.Kind == TrackKind.Video;

    public bool IsData { get; } = track.Kind == TrackKind.Data;

    /// <summary>0 until the first cut that the track takes part in.</summary>
    public int Pid { get; set; }

    /// <summary>Of the samples that come.</summary>
    public ElementaryForm Form { get; private set; } = null!;

    /// <summary>As the program map in the file has it; null when it is not in it.</summary>
    public ElementaryForm? Announced { get; set; }

    /// <summary>Index of the PES packet that the next audio frame may join, -1 for none.</summary>
    public int OpenPes { get; set; } = -1;

    /// <summary>File time of the last decode time; <see cref="long.MinValue"/> before the first.</summary>
    public long LastDts { get; private set; } = long.MinValue;

    /// <summary>Takes a new form of the track.</summary>
    public void Change(Track track, ElementaryForm form, ReadOnlySpan<byte> firstSample)
    {
        (Seen, Form) = (track, form);
        OpenPes = -1;
        if (IsVideo || IsData)
            return;

        _clock = new AudioClock(track, firstSample);
    }

    /// <summary>Presentation of a unit as the source has it.</summary>
    public (long Start, long End) Span(in PendingUnit unit)
    {
        var start = unit.SourceTime + unit.Offset;
        if (!IsVideo)
            return (start, start + Ticks(unit.Samples, unit.Rate));
        if (_lastSource != long.MinValue && unit.SourceTime > _lastSource && unit.SourceTime - _lastSource <= TsTime.Rate)
            _usual = unit.SourceTime - _lastSource;
        _lastSource = unit.SourceTime;
        return (start, start + _usual);
    }

    public PendingUnit Unit(in MediaFrame frame)
    {
        var source = TsTime.From(frame.DecodeTime, frame.Track.Timescale);
        return new PendingUnit
        {
            Payload = frame.Payload,
            Track = this,
            Form = Form,
            SourceTime = source,
            Offset = IsVideo ? TsTime.From(frame.PresentationTime, frame.Track.Timescale) - source : 0,
            Next = -1,
            Samples = _clock?.SamplesIn(frame.Payload.Span) ?? 0,
            Rate = _clock?.Rate ?? 0,
            IsKey = frame.IsKey && IsVideo,
        };
    }

    /// <summary>The least offset of what is pending: decode times move back by it when it is below 0, as presentation before decoding cannot be said.</summary>
    public void AllowOffset(long offset) => _shift = Math.Max(_shift, -offset);

    /// <summary>Gives a picture its place: its own time, or one tick after the picture before.</summary>
    public (long Dts, long Pts) PlaceVideo(in PendingUnit unit, long shift)
    {
        var dts = unit.SourceTime + shift - _shift;
        if (LastDts != long.MinValue)
            dts = Math.Max(dts, LastDts + 1);
        LastDts = dts;
        return (dts, Math.Max(dts, unit.SourceTime + unit.Offset + shift));
    }

    /// <summary>
    /// Gives an audio frame its place: at the running sum of frame lengths, unless the source is more than a frame ahead of it, which is a gap, or stays behind it.
    /// </summary>
    /// <returns>Its time, where the next one begins, and whether it follows on the one before without a gap.</returns>
    public (long Dts, long End, bool Follows) PlaceAudio(in PendingUnit unit, long shift)
    {
        var source = unit.SourceTime + shift;
        var expected = _rate == 0 ? source : _anchor + Ticks(_runSamples, _rate);
        var follows = _rate != 0 && source <= expected + Math.Max(_usual, TsTime.Rate / 500);
        var behind = follows ? _clock!.Behind(source - expected, _usual) : 0;
        if (behind < 0)
            (follows, source) = (false, Math.Max(expected + behind, LastDts + 1));
        if (!follows || unit.Rate != _rate)
            (_anchor, _runSamples, _rate) = (follows ? expected : source, 0, unit.Rate);
        LastDts = _anchor + Ticks(_runSamples, _rate);
        _runSamples += unit.Samples;
        var end = _anchor + Ticks(_runSamples, _rate);
        _usual = end - LastDts;
        return (LastDts, end, follows);
    }

    /// <summary>
    /// Gives a message its place: its own time, but neither behind what was written before nor beyond the media, so that it moves no clock and makes no file longer.
    /// </summary>
    public long PlaceData(in PendingUnit unit, long shift, long least, long most)
    {
        least = Math.Max(least, LastDts == long.MinValue ? least : LastDts + 1);
        return LastDts = Math.Max(least, Math.Min(unit.SourceTime + shift, most));
    }

    private static long Ticks(long samples, int rate) => samples * TsTime.Rate / rate;
}
