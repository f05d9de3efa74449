using Tapedeck.Media;

namespace Tapedeck.Containers.MpegTs;

/// <summary>What a frame header says.</summary>
/// <param name="Length">Bytes with header.</param>
/// <param name="HeaderLength">Bytes that are not part of the sample.</param>
/// <param name="Samples">Duration at the rate.</param>
/// <param name="Rate">In Hz.</param>
/// <param name="Channels">0 when unknown.</param>
/// <param name="ObjectType">AAC only.</param>
internal readonly record struct AudioFrame(int Length, int HeaderLength, int Samples, int Rate, int Channels, int ObjectType = 0);

/// <summary>What can be seen at a place in an audio stream.</summary>
internal enum FrameSight
{
    /// <summary>No frame begins here.</summary>
    None,

    /// <summary>Too few bytes to tell.</summary>
    Unclear,

    /// <summary>A frame, all of it.</summary>
    Whole,
}

/// <summary>Audio whose frames have sync words and lengths of their own; they may lie across PES packets.</summary>
internal abstract class SyncedSplitter(int pid, Codec codec, int maxLength) : Splitter(maxLength)
{
    private byte[] _frame = [];
    private Track? _track;
    private AudioFrame _last;
    private bool _isSynced;

    public override void Drop()
    {
        base.Drop();
        _isSynced = false;
    }

    /// <summary>Looks at the beginning of the data.</summary>
    protected abstract FrameSight Look(ReadOnlySpan<byte> data, bool isEnd, out AudioFrame frame);

    protected override void Split(bool isEnd)
    {
        while (!Buffer.Span.IsEmpty)
        {
            var data = Buffer.Span;
            var sight = Look(data, isEnd, out var frame);
            if (sight == FrameSight.Unclear)
                return;

            // A sync word in the middle of a frame is soon found out: nothing like it stands at its end.
            if (sight == FrameSight.None || (!_isSynced && Look(data[frame.Length..], isEnd: false, out _) == FrameSight.None && data.Length > frame.Length + 8))
            {
                _isSynced = false;
                Buffer.Consume(1);
                continue;
            }

            _isSynced = true;
            var times = Buffer.TakeTimes(Buffer.Position);
            var length = frame.Length - frame.HeaderLength;
            if (length > 0)
            {
                if (_frame.Length < length)
                    _frame = new byte[length * 2];
                data[frame.HeaderLength..frame.Length].CopyTo(_frame);
                Emit(Describe(frame), new AccessUnit(times, frame.Samples, true), _frame.AsMemory(0, length));
            }

            Buffer.Consume(frame.Length);
        }
    }

    private Track Describe(in AudioFrame frame)
    {
        if (_track is not null && (_last.Rate, _last.Channels, _last.ObjectType) == (frame.Rate, frame.Channels, frame.ObjectType))
            return _track;
        _last = frame;
        return _track = new Track
        {
            Id = pid,
            Kind = TrackKind.Audio,
            Codec = codec,
            Timescale = frame.Rate,
            SampleRate = frame.Rate,
            Channels = frame.Channels,
            FrameDuration = frame.Samples,
            Configuration = codec == Codec.Aac ? Aac.Build(frame.ObjectType, frame.Rate, frame.Channels) : default,
        };
    }
}

/// <summary>
/// ADTS (ISO/IEC 13818-7 6.2): <c>FFF, id, layer 00, no CRC | object type - 1, rate, private, channels 3 | .. length 13 .. | fullness, blocks</c>.
/// Frames of several blocks are passed over: nothing in them says where one ends.
/// </summary>
internal sealed class AdtsSplitter(int pid, int maxLength) : SyncedSplitter(pid, Codec.Aac, maxLength)
{
    private static readonly int[] Rates = [96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350];

    protected override FrameSight Look(ReadOnlySpan<byte> data, bool isEnd, out AudioFrame frame)
    {
        frame = default;
        if (data.Length < 7)
            return data.Length > 0 && data[0] != 0xFF ? FrameSight.None : FrameSight.Unclear;
        var rate = data[2] >> 2 & 15;
        var length = (data[3] & 3) << 11 | data[4] << 3 | data[5] >> 5;
        var header = (data[1] & 1) != 0 ? 7 : 9;
        if (data[0] != 0xFF || (data[1] & 0xF6) != 0xF0 || rate >= Rates.Length || length < header)
            return FrameSight.None;
        if (length > data.Length)
            return FrameSight.Unclear;
        var channels = (data[2] & 1) << 2 | data[3] >> 6;
        var blocks = (data[6] & 3) + 1;
        frame = new AudioFrame(length, blocks > 1 ? length : header, 1024 * blocks, Rates[rate], channels == 7 ? 8 : channels, (data[2] >> 6) + 1);
        return FrameSight.Whole;
    }
}

/// <summary>MPEG audio; frames of free format have no length and are not found.</summary>
internal sealed class Mp3Splitter(int pid, int maxLength) : SyncedSplitter(pid, Codec.Mp3, maxLength)
{
    protected override FrameSight Look(ReadOnlySpan<byte> data, bool isEnd, out AudioFrame frame)
    {
        frame = default;
        if (data.Length < 4)
            return data.Length > 0 && data[0] != 0xFF ? FrameSight.None : FrameSight.Unclear;
        if (!Mp3.TryParse(data, out var header) || header.FrameLength < 4)
            return FrameSight.None;
        if (header.FrameLength > data.Length)
            return FrameSight.Unclear;
        frame = new AudioFrame(header.FrameLength, 0, header.Samples, header.SampleRate, header.Channels);
        return FrameSight.Whole;
    }
}

/// <summary>AC-3 sync frames.</summary>
internal sealed class Ac3Splitter(int pid, int maxLength) : SyncedSplitter(pid, Codec.Ac3, maxLength)
{
    protected override FrameSight Look(ReadOnlySpan<byte> data, bool isEnd, out AudioFrame frame)
    {
        frame = default;
        if (data.Length < 8)
            return data.Length > 0 && data[0] != 0x0B ? FrameSight.None : FrameSight.Unclear;
        if (!Ac3.TryParse(data, out var header))
            return FrameSight.None;
        if (header.FrameLength > data.Length)
            return FrameSight.Unclear;
        frame = new AudioFrame(header.FrameLength, 0, header.Samples, header.SampleRate, header.Channels);
        return FrameSight.Whole;
    }
}

/// <summary>E-AC-3: a sample is six blocks of substream 0 with all that belongs to them, so it ends where the next frame of substream 0 begins.</summary>
internal sealed class Eac3Splitter(int pid, int maxLength) : SyncedSplitter(pid, Codec.Eac3, maxLength)
{
    private const int SamplesInUnit = 1536;

    protected override FrameSight Look(ReadOnlySpan<byte> data, bool isEnd, out AudioFrame unit)
    {
        unit = default;
        var at = 0;
        var samples = 0;
        Eac3Header first = default;
        while (true)
        {
            var rest = data[at..];
            if (rest.Length >= 2 ? rest[0] != 0x0B || rest[1] != 0x77 : rest.Length == 1 && rest[0] != 0x0B)
                break;
            var length = rest.Length < 6 ? int.MaxValue : ((rest[2] & 7) << 8 | rest[3]) * 2 + 2;
            var isMain = rest.Length >= 6 && (rest[2] & 0xF8) is 0 or 0x80;
            if (isMain && samples >= SamplesInUnit)
                break;
            if (length > rest.Length)
            {
                if (!isEnd || samples == 0)
                    return FrameSight.Unclear;
                break;
            }

            if (isMain)
            {
                if (!Eac3.TryParse(rest[..length], out var header))
                    break;
                if (samples == 0)
                    first = header;
                samples += header.Samples;
            }
            else if (at == 0)
            {
                return FrameSight.None;
            }

            at += length;
        }

        if (samples == 0)
            return FrameSight.None;
        unit = new AudioFrame(at, 0, samples, first.SampleRate, first.Channels);
        return FrameSight.Whole;
    }
}

/// <summary>Opus: control header <c>3FF 11, start trim, end trim, extension, 00</c>, size as bytes of 255 and a rest, what the flags announce, packet.</summary>
internal sealed class OpusSplitter(int pid, ReadOnlySpan<byte> extension, int maxLength) : Splitter(maxLength)
{
    // Extension descriptor: tag 80, then the channel configuration code.
    private readonly int _channelCode = extension.Length >= 2 && extension[0] == 0x80 ? extension[1] : 2;
    private byte[] _packet = [];
    private Track? _track;

    public override void Begin(in PesTimes times)
    {
        // Packets begin with PES packets: whatever was left over is damaged.
        Buffer.Clear();
        base.Begin(times);
    }

    protected override void Split(bool isEnd)
    {
        while (TryHeader(Buffer.Span, out var header, out var size, out var trim))
        {
            if (header + size > Buffer.Span.Length)
                return;
            var times = Buffer.TakeTimes(Buffer.Position);
            if (_packet.Length < size)
                _packet = new byte[size * 2];
            Buffer.Span.Slice(header, size).CopyTo(_packet);
            _track ??= Describe(trim);
            var samples = Opus.PacketDuration(_packet.AsSpan(0, size));
            if (size > 0 && samples > 0)
                Emit(_track, new AccessUnit(times, samples, true), _packet.AsMemory(0, size));
            Buffer.Consume(header + size);
        }
    }

    private bool TryHeader(ReadOnlySpan<byte> data, out int length, out int size, out int trim)
    {
        (length, size, trim) = (2, 0, 0);
        if (data.Length < 2)
            return false;
        if (data[0] != 0x7F || (data[1] & 0xE0) != 0xE0)
        {
            Buffer.Clear();
            return false;
        }

        byte b;
        do
        {
            if (length >= data.Length)
                return false;
            b = data[length++];
            size += b;
        }
        while (b == 255);
        if ((data[1] & 0x10) != 0)
        {
            if (length + 2 > data.Length)
                return false;
            trim = (data[length] & 31) << 8 | data[length + 1];
            length += 2;
        }

        length += (data[1] & 0x08) != 0 ? 2 : 0;
        if ((data[1] & 0x04) != 0)
        {
            if (length >= data.Length)
                return false;
            length += 1 + data[length];
        }

        return length <= data.Length;
    }

    private Track Describe(int preSkip) => new()
    {
        Id = pid,
        Kind = TrackKind.Audio,
        Codec = Codec.Opus,
        Timescale = 48000,
        SampleRate = 48000,
        Channels = _channelCode is >= 1 and <= 8 ? _channelCode : 0,
        Configuration = OpusForm.BuildHead(_channelCode, preSkip),
    };
}
