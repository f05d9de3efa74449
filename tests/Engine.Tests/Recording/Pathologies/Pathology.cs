using Tapedeck.Media;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Tests.Recording.Pathologies;

/// <summary>Something that encoders do, and what is to become of it.</summary>
/// <param name="Name">For people.</param>
/// <param name="Script">What the encoder does.</param>
/// <param name="Seconds">How long the files are together.</param>
/// <param name="Ledger">Expected causes, in order.</param>
internal sealed record Pathology(string Name, Action<ScriptedSource> Script, double Seconds, params DiscontinuityCause[] Ledger)
{
    /// <summary>A new file is needed where the header is written once (MP4, Matroska).</summary>
    public bool NeedsNewFile { get; init; }

    /// <summary>MP4 can go on in the same file when it is asked to.</summary>
    public bool CanGoOn { get; init; }

    /// <summary>That file begins in the middle of pictures that refer to each other: sound cannot wait for a key frame.</summary>
    public bool SplitsPictures { get; init; }

    /// <summary>False where the source itself has no offset of sound and picture to keep.</summary>
    public bool KeepsOffset { get; init; } = true;

    /// <summary>Of sound against picture, in seconds: a frame of sound, and milliseconds that are rounded.</summary>
    public double OffsetTolerance { get; init; } = 0.025;

    public override string ToString() => Name;

    public static readonly Pathology[] All =
    [
        new("steady", s => s.Live(10), 10),
        new("b-frames", s => { s.BFrames = 2; s.Live(10); }, 10),
        new("begins far from 0", s => { s.BeginAt(90_000); s.Live(5); }, 5),
        new("variable rate", s => { s.Retime = (i, t) => t + (i * 7919 % 31); s.Live(10); }, 10) { OffsetTolerance = 0.06 },
        new("44,100 Hz in whole milliseconds", s => { s.Audio = Tracks.Aac44; s.SoundStep = 1024 / 44100.0; s.Live(20); }, 20),
        new("gap", s => { s.Live(3); s.Silence(5); s.Live(3); }, 11, DiscontinuityCause.Gap),
        new("pictures stop for long", s => { s.Live(3); s.Live(20, pictures: false); s.Live(3); }, 26, DiscontinuityCause.Gap),
        new("sound stops for a while", s => { s.Live(3); s.Live(4, sound: false); s.Live(3); }, 10, DiscontinuityCause.Gap),
        new("sound ends early", s => { s.Live(5); s.Live(5, sound: false); }, 10),
        new("late sound", s => { s.Live(5, sound: false); s.Live(5); }, 10),
        new("late pictures", s => { s.Live(5, pictures: false); s.Live(5); }, 10),
        new("sound 300 ms behind", s => { s.SoundOffset = 0.3; s.Live(10); }, 10.3),
        new("jump forward", s => { s.Live(5); s.Leap(3600); s.Live(5); }, 10, DiscontinuityCause.JumpForward),
        new("jump forward with b-frames", s => { s.BFrames = 2; s.Live(5); s.Leap(3600); s.Live(5); }, 10, DiscontinuityCause.JumpForward),
        new("clock set back", s => { s.BeginAt(5000); s.Live(5); s.Leap(-1234); s.Live(5); }, 10, DiscontinuityCause.JumpBack),
        new("clock set back with b-frames", s => { s.BFrames = 2; s.BeginAt(5000); s.Live(5); s.Leap(-1234); s.Live(5); }, 10, DiscontinuityCause.JumpBack),
        new("ten jumps", s => { for (var i = 0; i < 10; i++) { s.Live(2); s.Leap(i % 2 == 0 ? 900.013 : -600.007); } s.Live(2); }, 22,
            [.. Enumerable.Range(0, 10).Select(i => i % 2 == 0 ? DiscontinuityCause.JumpForward : DiscontinuityCause.JumpBack)]),
        new("wrap of 24 bits", s => { s.ClockBits = 24; s.BeginAt((1 << 24) / 1000.0 - 5); s.Live(10); }, 10, DiscontinuityCause.Wrap) { KeepsOffset = false },
        new("wrap of 31 bits", s => { s.ClockBits = 31; s.BeginAt((1L << 31) / 1000.0 - 5); s.Live(10); }, 10, DiscontinuityCause.Wrap) { KeepsOffset = false },
        new("wrap of 32 bits", s => { s.BeginAt((1L << 32) / 1000.0 - 5); s.Live(10); }, 10, DiscontinuityCause.Wrap),
        new("pictures out of order", s => { s.Retime = (i, t) => i % 50 == 30 ? t - 60 : t; s.Live(10); }, 10, DiscontinuityCause.Disorder) { OffsetTolerance = 0.06 },
        new("two pictures of one time", s => { s.Retime = (i, t) => i % 10 == 5 ? t - 40 : t; s.Live(10); }, 10) { OffsetTolerance = 0.045 },
        new("clock of sound runs slow", s => { s.SoundRate = 0.998; s.Live(120); }, 120) { OffsetTolerance = 0.08 },
        new("clock of sound runs fast", s => { s.SoundRate = 1.002; s.Live(120); }, 120) { OffsetTolerance = 0.08 },
        new("another size", s => { s.Live(4); s.Video = s.Video with { Width = 640, Height = 480, Configuration = Other(s.Video) }; s.Live(4); }, 8,
            DiscontinuityCause.SizeChanged) { NeedsNewFile = true, CanGoOn = true },
        new("sound becomes mono", s => { s.Live(4); s.Audio = Tracks.Mono; s.Live(4); }, 8, DiscontinuityCause.TrackChanged)
            { NeedsNewFile = true, SplitsPictures = true, CanGoOn = true },
        new("another codec", s => { s.Live(4); s.Video = Tracks.Hevc; s.Live(4); }, 8, DiscontinuityCause.TrackChanged) { NeedsNewFile = true },
        new("another rate of sound", s => { s.Live(4); s.Audio = Tracks.Aac44; s.SoundStep = 1024 / 44100.0; s.Live(4); }, 8, DiscontinuityCause.TrackChanged)
            { NeedsNewFile = true, SplitsPictures = true },
    ];

    /// <summary>The same record for a higher level.</summary>
    public static ReadOnlyMemory<byte> Other(Track track)
    {
        var configuration = track.Configuration.ToArray();
        configuration[3]++;
        configuration[11]++;
        return configuration;
    }
}
