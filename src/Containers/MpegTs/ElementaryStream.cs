using System.Buffers;
using System.Buffers.Binary;
using Tapedeck.Media;

namespace Tapedeck.Containers.MpegTs;

/// <summary>A frame waiting to be put in order. Times at 90 kHz, unwrapped.</summary>
internal readonly record struct QueuedFrame(Track Track, byte[] Data, int Length, long Dts, long Pts, int Samples, bool IsKey, bool IsJump);

/// <summary>
/// One PID: takes PES packets out of transport packets, has them split into access units, and gives those without a time stamp one.
/// A PES packet ends after its length, or (length 0) where the next one begins.
/// </summary>
internal sealed class ElementaryStream
{
    private readonly Splitter _splitter;
    private readonly Timeline _timeline;
    private readonly Timeline.Cursor _cursor = new();
    private readonly byte[] _header = new byte[9 + 255];
    private int _headerLength;
    private int _rest;
    private bool _inPes;
    private bool _isUnbounded;
    private bool _wasStuffed;
    private int _counter = -1;
    private long _lastDts = long.MinValue;
    private long _usual;
    private long _anchor;
    private long _runSamples;
    private int _rate;

    public ElementaryStream(ProgramStream stream, Splitter splitter, Timeline timeline)
    {
        (Stream, _splitter, _timeline) = (stream, splitter, timeline);
        splitter.Found = OnFound;
        if (splitter is Id3Splitter data)
            (IsData, Track) = (true, timeline.Same(data.Track));
    }

    public ProgramStream Stream { get; }

    /// <summary>Timed metadata: nothing waits for it, as it may never come.</summary>
    public bool IsData { get; }

    public Queue<QueuedFrame> Frames { get; } = new();

    public long QueuedBytes { get; set; }

    /// <summary>Access units delivered so far.</summary>
    public long Count { get; private set; }

    public Track? Track { get; private set; }

    /// <summary>Where the latest presentation ends, at 90 kHz.</summary>
    public long End { get; private set; } = long.MinValue;

    /// <summary>Time of the latest message of timed metadata; <see cref="long.MinValue"/> for others.</summary>
    public long LastMessage { get; private set; } = long.MinValue;

    /// <summary>Decode time after the latest one.</summary>
    public long NextDts => _lastDts == long.MinValue ? long.MinValue : _lastDts + _usual;

    public void Read(in TsPacket packet)
    {
        if (!packet.HasPayload || packet.IsScrambled)
            return;
        if (packet.Counter == _counter && !packet.IsDiscontinuity)
            return;
        if (packet.IsDamaged || (_counter >= 0 && packet.Counter != (_counter + 1 & 15)))
            Close();

        _counter = packet.Counter;
        if (packet.IsDamaged)
            return;
        if (packet.IsStart)
            (_inPes, _headerLength, _rest) = (true, 0, -1);
        if (_inPes)
            Read(packet.Payload);
        _wasStuffed = packet.IsStuffed;
    }

    /// <summary>The file ends, packets are missing, or another stream takes the PID: a PES packet that is known to be whole is the last one, another is given up.</summary>
    public void Close()
    {
        if (_inPes && (_isUnbounded ? !_wasStuffed : _rest != 0))
            _splitter.Drop();
        else
            _splitter.Flush();
        _inPes = false;
    }

    private void Read(ReadOnlySpan<byte> payload)
    {
        if (_rest < 0)
        {
            while (_headerLength < 9 || _headerLength < 9 + _header[8])
            {
                if (payload.IsEmpty)
                    return;
                _header[_headerLength++] = payload[0];
                payload = payload[1..];
            }

            if (!TryBegin())
            {
                _splitter.Drop();
                _inPes = false;
                return;
            }
        }

        if (!_isUnbounded)
        {
            payload = payload[..Math.Min(payload.Length, _rest)];
            _rest -= payload.Length;
        }

        if (!payload.IsEmpty)
            _splitter.Append(payload);
    }

    private bool TryBegin()
    {
        if (_header[0] != 0 || _header[1] != 0 || _header[2] != 1 || (_header[6] & 0xC0) != 0x80)
            return false;
        int length = BinaryPrimitives.ReadUInt16BigEndian(_header.AsSpan(4));
        _isUnbounded = length == 0;
        _rest = Math.Max(0, length - 3 - _header[8]);
        var flags = _header[7] >> 6;
        var pts = (flags & 2) != 0 && _header[8] >= 5 ? TsTime.Read(_header.AsSpan(9)) : -1;
        var dts = flags == 3 && _header[8] >= 10 ? TsTime.Read(_header.AsSpan(14)) : pts;
        _splitter.Begin(new PesTimes(pts, dts));
        return true;
    }

    private void OnFound(Track track, AccessUnit unit, ReadOnlyMemory<byte> payload)
    {
        Track = _timeline.Same(track);
        var isJump = false;
        long dts, pts;
        if (IsData)
            LastMessage = dts = pts = unit.Times.Pts >= 0 ? _timeline.Follow(unit.Times.Pts) : _timeline.Latest;
        else if (unit.Samples > 0)
            dts = pts = PlaceAudio(track.Timescale, unit, out isJump);
        else
            (dts, pts) = PlaceVideo(unit, out isJump);
        Count++;
        if (!IsData)
        {
            _timeline.Reach(dts + _usual);
            End = Math.Max(End, pts + _usual);
        }

        var data = ArrayPool<byte>.Shared.Rent(payload.Length);
        payload.CopyTo(data);
        QueuedBytes += payload.Length;
        Frames.Enqueue(new QueuedFrame(Track, data, payload.Length, dts, pts, unit.Samples, unit.IsKey, isJump));
    }

    private (long Dts, long Pts) PlaceVideo(in AccessUnit unit, out bool isJump)
    {
        var before = _lastDts;
        isJump = false;
        if (unit.Times.Pts < 0)
        {
            // Without a stamp of its own: one picture after the one before.
            _lastDts = before == long.MinValue ? _timeline.Latest : before + _usual;
            return (_lastDts, _lastDts);
        }

        var dts = _timeline.Place(_cursor, unit.Times.Dts, before == long.MinValue ? null : before + _usual, out isJump);
        var pts = TsTime.Unwrap(unit.Times.Pts - unit.Times.Dts, 0) + dts;
        if (before != long.MinValue && dts > before && dts - before <= TsTime.Rate)
            _usual = dts - before;
        else if (_usual == 0)
            _usual = TsTime.Rate / 30;
        _lastDts = dts;
        return (dts, pts);
    }

    /// <summary>Time stamps of sound are exact to 1/90 ms at best, frame lengths are exact: as long as both agree within 1.5 ms the lengths are right.</summary>
    private long PlaceAudio(int rate, in AccessUnit unit, out bool isJump)
    {
        isJump = _rate == 0;
        var expected = _rate == 0 ? (long?)null : _anchor + _runSamples * TsTime.Rate / _rate;
        var time = expected ?? _timeline.Latest;
        if (unit.Times.Pts >= 0)
        {
            var stamp = _timeline.Place(_cursor, unit.Times.Pts, expected, out _);
            if (expected is null || Math.Abs(stamp - expected.Value) > TsTime.Rate * 3 / 2000)
                (time, isJump) = (stamp, true);
        }

        if (isJump || rate != _rate)
            (_anchor, _runSamples, _rate, isJump) = (time, 0, rate, true);
        _runSamples += unit.Samples;
        _usual = _anchor + _runSamples * TsTime.Rate / _rate - time;
        _lastDts = time;
        return time;
    }
}
