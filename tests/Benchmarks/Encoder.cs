using System.Buffers.Binary;
using Tapedeck.Containers;
using Tapedeck.Media;

namespace Tapedeck.Benchmarks;

/// <summary>H.264 at 30 pictures a second with a key frame every 2 s, and AAC at 48 kHz. Frames share 64 payloads: the same to a writer.</summary>
internal sealed class Encoder
{
    private static readonly Track Video = Tracks.H264 with { Width = 1280, Height = 720 };
    private static readonly Track Audio = Tracks.Aac with { FrameDuration = 1024 };

    private readonly byte[][] _pictures = [.. Enumerable.Range(0, 64).Select(i => Unit(6_000 + i * 7919 % 4000))];
    private readonly byte[] _keyPicture = Unit(60_000);
    private readonly byte[] _frameOfSound = Unit(400);
    private readonly bool _isRtmp;
    private readonly bool _hasBFrames;
    private long _picture;
    private long _sound;

    /// <param name="isRtmp">Times in whole milliseconds.</param>
    /// <param name="hasBFrames">Two B-frames between P-frames.</param>
    public Encoder(bool isRtmp = true, bool hasBFrames = true) => (_isRtmp, _hasBFrames) = (isRtmp, hasBFrames);

    /// <summary>Frames so far.</summary>
    public long Frames => _picture + _sound;

    /// <summary>Pictures so far.</summary>
    public long Pictures => _picture;

    /// <summary>Adds so much media.</summary>
    public void Add(IContainerWriter writer, double seconds)
    {
        var end = _picture + (long)Math.Round(seconds * 30);
        while (_picture < end)
        {
            writer.Add(Picture(_picture++));
            while (_sound * 1024 * 30 < _picture * 48000)
                writer.Add(Sound(_sound++));
        }
    }

    /// <summary>The next picture and the next frame of sound, not added yet.</summary>
    public void Peek(Span<MediaFrame> following) => (following[0], following[1]) = (Picture(_picture), Sound(_sound));

    public MediaFrame Picture(long number)
    {
        var place = number % 60 == 0 ? -1 : (number % 60 - 1) % 3;
        var time = number * 3000;
        var shown = time + (!_hasBFrames ? 0 : place switch { -1 => 3000, 0 => 9000, _ => 0 });
        (time, shown) = (Rounded(time), Rounded(shown));
        return new MediaFrame
        {
            Track = Video,
            Kind = FrameKind.Sample,
            DecodeTime = time,
            PresentationOffset = (int)(shown - time),
            Flags = place == -1 ? FrameFlags.Key : FrameFlags.None,
            Payload = place == -1 ? _keyPicture : _pictures[number % 64],
        };
    }

    public MediaFrame Sound(long number)
    {
        var time = number * 1024;
        return new MediaFrame
        {
            Track = Audio,
            Kind = FrameKind.Sample,
            DecodeTime = _isRtmp ? time * 1000 / 48000 * 48 : time,
            Flags = FrameFlags.Key,
            Payload = _frameOfSound.AsMemory(0, 300 + (int)(number * 7919 % 90)),
        };
    }

    private long Rounded(long ticks) => _isRtmp ? ticks / 90 * 90 : ticks;

    /// <summary>One NAL unit behind its length, without zeros.</summary>
    private static byte[] Unit(int length)
    {
        var bytes = new byte[length];
        bytes.AsSpan().Fill(0x65);
        BinaryPrimitives.WriteInt32BigEndian(bytes, length - 4);
        return bytes;
    }
}
