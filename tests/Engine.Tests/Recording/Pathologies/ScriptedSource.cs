using Tapedeck.Media;

namespace Tapedeck.Engine.Tests.Recording.Pathologies;

/// <summary>A frame as it was sent. Two frames of one stretch are as far apart in a recording as their times are.</summary>
/// <param name="Number">Of all frames, from 0; the last bytes of its payload say it.</param>
/// <param name="Track">Its track's id.</param>
/// <param name="Shown">Presentation time of the source, in seconds.</param>
/// <param name="Stretch">Between two breaks of the source's clock.</param>
internal sealed record SentFrame(int Number, int Track, double Shown, int Stretch);

/// <summary>
/// An encoder that does as it is told: pictures at 25 a second, key frames every second, AAC beside them, time stamps in whole milliseconds as RTMP has
/// them. Everything is sent before the recording looks.
/// </summary>
internal sealed class ScriptedSource(TestStream stream)
{
    private const double PictureStep = 0.04;
    private double _now; // media time of the scene, in seconds
    private double _base; // what the clock shows at 0
    private double _nextPicture;
    private double _nextSound;
    private int _pictures;
    private int _stretch;

    public List<SentFrame> Sent { get; } = [];

    public Track Video { get; set; } = Tracks.H264;

    public Track Audio { get; set; } = Tracks.Aac;

    /// <summary>Pictures that are decoded after one that is shown later; 0 or 2.</summary>
    public int BFrames { get; set; }

    /// <summary>Seconds a frame of sound lasts by its own word.</summary>
    public double SoundStep { get; set; } = 1024 / 48000.0;

    /// <summary>Seconds between the time stamps of sound over those of frames by their own word.</summary>
    public double SoundRate { get; set; } = 1;

    /// <summary>Seconds that sound is sent late, with its time as it is.</summary>
    public double SoundOffset { get; set; }

    /// <summary>Changes the time stamp of a picture, in milliseconds; its number among all pictures comes with it.</summary>
    public Func<int, long, long> Retime { get; set; } = (_, time) => time;

    /// <summary>Bits after which the time stamps begin again; 0 for never.</summary>
    public int ClockBits { get; set; }

    public void Live(double seconds, bool pictures = true, bool sound = true)
    {
        var end = _now + seconds;
        if (!pictures)
            _nextPicture = Math.Max(_nextPicture, end);
        if (!sound)
            _nextSound = Math.Max(_nextSound, end);
        while (Math.Min(_nextPicture, _nextSound) < end - 1e-9)
        {
            if (_nextPicture <= _nextSound + 1e-9)
                Picture();
            else
                Sound();
        }

        _now = end;
    }

    /// <summary>Nothing is sent; time goes on.</summary>
    public void Silence(double seconds)
    {
        _now += seconds;
        _nextPicture = Math.Max(_nextPicture, _now);
        _nextSound = Math.Max(_nextSound, _now);
        _pictures = 0; // encoders begin again with a key frame
    }

    /// <summary>The clock shows something else; nothing is missing.</summary>
    public void Leap(double seconds)
    {
        _base += seconds;
        _stretch++;
        _pictures = 0;
        _nextPicture = _nextSound = _now;
    }

    /// <summary>The clock was at this time when the script began.</summary>
    public void BeginAt(double seconds) => _base = seconds;

    private void Picture()
    {
        var isKey = _pictures % 25 == 0;
        var place = (_pictures % 25 - 1) % (BFrames + 1);
        var offset = BFrames == 0 ? 0 : isKey ? PictureStep : place == 0 ? (BFrames + 1) * PictureStep : 0;
        var time = Retime(_pictures++, Stamp(_nextPicture));
        Send(Video, time, Stamp(_nextPicture + offset) - Stamp(_nextPicture), isKey);
        _nextPicture += PictureStep;
    }

    private void Sound()
    {
        Send(Audio, Stamp(_nextSound + SoundOffset), 0, isKey: true);
        _nextSound += SoundStep * SoundRate;
    }

    private long Stamp(double time)
    {
        var stamp = (long)Math.Floor((_base + time) * 1000 + 1e-6);
        return ClockBits > 0 ? stamp & ((1L << ClockBits) - 1) : stamp;
    }

    private void Send(Track track, long milliseconds, long offset, bool isKey)
    {
        var payload = NumberedPayload.Make(track, Sent.Count, isKey, 40 + Sent.Count % 7);
        var lent = stream.Publisher.Lend(payload.Length);
        payload.CopyTo(lent);
        stream.Publisher.Append(
            new MediaFrame
            {
                Track = track,
                Kind = FrameKind.Sample,
                DecodeTime = milliseconds * track.Timescale / 1000,
                PresentationOffset = (int)(offset * track.Timescale / 1000),
                Flags = isKey ? FrameFlags.Key : FrameFlags.None,
                Payload = lent,
            },
            lent);
        stream.Publisher.Return(lent);
        stream.Publisher.Commit();
        Sent.Add(new SentFrame(Sent.Count, track.Id, (milliseconds + offset) / 1000.0, _stretch));
    }
}
