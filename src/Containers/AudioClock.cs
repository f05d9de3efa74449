using Tapedeck.Media;

namespace Tapedeck.Containers;

/// <summary>
/// How long audio frames last by their own word, in samples of the codec's rate. Source clocks are only good to a millisecond; frame lengths are exact.
/// </summary>
internal sealed class AudioClock
{
    private readonly Codec _codec;
    private readonly int _channels;
    private readonly int _configured;
    private const int Window = 64;
    private int _last;
    private long _nearest = long.MinValue;
    private int _seen;

    public AudioClock(Track track, ReadOnlySpan<byte> firstSample)
    {
        _codec = track.Codec;
        _channels = Math.Max(1, track.Channels);
        Rate = track.Timescale;
        var config = track.Configuration.Span;
        switch (_codec)
        {
            case Codec.Aac when Aac.TryParse(config, out var aac):
                (Rate, _configured) = (aac.CoreRate, aac.FrameLength);
                break;
            case Codec.Opus:
                Rate = 48000;
                break;
            case Codec.Mp3 when Mp3.TryParse(firstSample, out var mp3):
                Rate = mp3.SampleRate;
                break;
            case Codec.Ac3 when Ac3.TryParse(firstSample, out var ac3):
                (Rate, _configured) = (ac3.SampleRate, ac3.Samples);
                break;
            case Codec.Eac3 when Eac3.TryParse(firstSample, out var eac3):
                Rate = eac3.SampleRate;
                break;
            case Codec.Flac when Flac.TryParseStreamInfo(Flac.FindStreamInfo(track.Configuration).Span, out var flac):
                Rate = flac.SampleRate;
                break;
            case Codec.Flac when Flac.TryParseFrame(firstSample, out var frame) && frame.SampleRate > 0:
                Rate = frame.SampleRate;
                break;
        }

        _last = _configured > 0 ? _configured : Math.Max(1, Rate / 50);
    }

    /// <summary>Samples a second.</summary>
    public int Rate { get; }

    /// <summary>
    /// Frame lengths may sum up faster than the source's clock goes: its sound card is slower than its rate says. How far to step back, so that sound
    /// stays with the picture; told once in 64 frames, when all of them lay more than half a frame behind the sum. Single times that are early, as
    /// encoders give them to frames they send together, change nothing.
    /// </summary>
    /// <param name="distance">The frame's own time less the sum, in any unit.</param>
    /// <param name="frame">How long a frame lasts, in the same unit.</param>
    /// <returns>0, or less.</returns>
    public long Behind(long distance, long frame)
    {
        _nearest = Math.Max(_nearest, distance);
        if (++_seen < Window)
            return 0;
        var behind = _nearest < -frame / 2 ? _nearest : 0;
        (_nearest, _seen) = (long.MinValue, 0);
        return behind;
    }

    /// <summary>Samples in a frame; a frame that cannot be read lasts as long as the one before.</summary>
    public int SamplesIn(ReadOnlySpan<byte> frame)
    {
        if (_configured > 0)
            return _configured;
        var samples = _codec switch
        {
            Codec.Opus => Opus.PacketDuration(frame),
            Codec.Mp3 => Mp3.TryParse(frame, out var mp3) ? mp3.Samples : 0,
            Codec.Eac3 => Eac3.TryParse(frame, out var eac3) ? eac3.Samples : 0,
            Codec.Flac => Flac.FrameDuration(frame),
            Codec.G711A or Codec.G711U => frame.Length / _channels,
            _ => 0,
        };
        if (samples > 0)
            _last = samples;
        return _last;
    }
}
