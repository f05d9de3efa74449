using System.Buffers.Binary;
using Tapedeck.Media;

namespace Tapedeck.Containers.MpegTs;

/// <summary>
/// H.264 (14496-10 7.4.1.2.3) and H.265 (23008-2 7.4.2.4.4) byte streams. An access unit ends where the first unit comes that can only belong to the
/// next one. Delimiters and parameter sets are left out of the samples: the sets make the track's configuration.
/// </summary>
internal sealed class NalSplitter(int pid, bool isHevc, int maxLength) : StartCodeSplitter(maxLength)
{
    private readonly ParameterSets _sets = new(isHevc);
    private Track? _track;
    private int _version;
    private long _position = -1;
    private bool _hasPicture;
    private bool _isKey;

    public override void Drop()
    {
        base.Drop();
        (_position, _hasPicture, _isKey) = (-1, false, false);
    }

    protected override void Unit(ReadOnlySpan<byte> unit, long position)
    {
        var nal = unit.TrimEnd((byte)0);
        if (nal.Length < (isHevc ? 3 : 2))
            return;
        var type = isHevc ? Hevc.NalType(nal[0]) : Avc.NalType(nal[0]);
        var isPicture = isHevc ? type < 32 : type is >= 1 and <= 5;
        if (_hasPicture && (isPicture ? IsFirstSlice(nal, type) : BelongsToNext(type)))
            End();
        if (_position < 0)
            _position = position;
        if (type == (isHevc ? NalTypes.HevcDelimiter : NalTypes.AvcDelimiter))
            return;
        if (_sets.IsSet(nal))
        {
            _sets.Add(nal);
            return;
        }

        if (isPicture)
        {
            _hasPicture = true;
            _isKey |= isHevc ? type is >= 16 and <= 21 : type == Avc.NalIdr;
        }

        var target = Extend(4 + nal.Length);
        BinaryPrimitives.WriteInt32BigEndian(target, nal.Length);
        nal.CopyTo(target[4..]);
    }

    protected override void End()
    {
        if (_hasPicture)
        {
            // Before the first sets there is nothing to decode with; the times go with what is dropped.
            var times = Buffer.TakeTimes(_position);
            if (CurrentTrack() is { } track)
                Emit(track, new AccessUnit(times, 0, _isKey), Sample);
        }

        Shrink(0);
        (_position, _hasPicture, _isKey) = (-1, false, false);
    }

    /// <summary>first_mb_in_slice 0, first_slice_segment_in_pic_flag; data partitions B and C never begin a picture.</summary>
    private bool IsFirstSlice(ReadOnlySpan<byte> nal, int type) => isHevc ? (nal[2] & 0x80) != 0 : type is 1 or 2 or 5 && (nal[1] & 0x80) != 0;

    private bool BelongsToNext(int type) => isHevc
        ? type is >= Hevc.NalVps and <= NalTypes.HevcDelimiter or NalTypes.HevcSei or (>= 41 and <= 44) or (>= 48 and <= 55)
        : type is 6 or Avc.NalSps or Avc.NalPps or NalTypes.AvcDelimiter or (>= 14 and <= 18);

    private Track? CurrentTrack()
    {
        if (_version == _sets.Version)
            return _track;
        _version = _sets.Version;
        var configuration = _sets.ToConfiguration();
        if (configuration.Length == 0 || (_track is not null && configuration.AsSpan().SequenceEqual(_track.Configuration.Span)))
            return _track;
        int width, height;
        _ = isHevc ? Hevc.TryGetSize(configuration, out width, out height) : Avc.TryGetSize(configuration, out width, out height);
        return _track = new Track
        {
            Id = pid,
            Kind = TrackKind.Video,
            Codec = isHevc ? Codec.Hevc : Codec.H264,
            Timescale = TsTime.Rate,
            Configuration = configuration,
            Width = width,
            Height = height,
        };
    }
}

/// <summary>AV1: a temporal unit ends at the next temporal delimiter, or where a PES packet with times begins.</summary>
internal sealed class Av1Splitter(int pid, int maxLength) : StartCodeSplitter(maxLength)
{
    private Track? _track;
    private long _position = -1;

    public override void Drop()
    {
        base.Drop();
        _position = -1;
    }

    protected override void Unit(ReadOnlySpan<byte> unit, long position)
    {
        var isDelimiter = unit.Length > 0 && (unit[0] >> 3 & 15) == Av1.ObuTemporalDelimiter;
        if (SampleLength > 0 && (isDelimiter || (_position >= 0 && StartsPes(position))))
            End();
        if (_position < 0)
            _position = position;
        if (isDelimiter || unit.IsEmpty)
            return;
        var before = SampleLength;
        var target = Extend(unit.Length);
        Shrink(before + Unescape(unit, target));

        // Zeros after the unit are not part of it: its size field says how long it is.
        var obus = new Obus(Sample.Span[before..]);
        Shrink(obus.MoveNext() ? before + obus.Current.Whole.Length : before);
    }

    protected override void End()
    {
        if (SampleLength > 0)
        {
            var times = Buffer.TakeTimes(_position);
            var isKey = Av1.HasSequenceHeader(Sample.Span);
            if (isKey)
                Describe();
            if (_track is { } track)
                Emit(track, new AccessUnit(times, 0, isKey), Sample);
        }

        Shrink(0);
        _position = -1;
    }

    /// <summary>The times of the unit being collected are still there, so a PES packet began here when there are more than those.</summary>
    private bool StartsPes(long position) => Buffer.MarksBetween(_position, position);

    private void Describe()
    {
        if (Av1.BuildConfiguration(Sample.Span) is not { } configuration
            || (_track is not null && configuration.AsSpan().SequenceEqual(_track.Configuration.Span))
            || !Av1.TryParseConfiguration(configuration, out var sequence))
        {
            return;
        }

        _track = new Track
        {
            Id = pid,
            Kind = TrackKind.Video,
            Codec = Codec.Av1,
            Timescale = TsTime.Rate,
            Configuration = configuration,
            Width = sequence.Width,
            Height = sequence.Height,
        };
    }

    private static int Unescape(ReadOnlySpan<byte> data, Span<byte> target)
    {
        int at = 0, zeros = 0;
        foreach (var b in data)
        {
            if (zeros >= 2 && b == 3)
            {
                zeros = 0;
                continue;
            }

            zeros = b == 0 ? zeros + 1 : 0;
            target[at++] = b;
        }

        return at;
    }
}
