using System.Globalization;

namespace Tapedeck.Media;

/// <summary>Profile and level of a track in the words of its codec's specification.</summary>
public static class CodecProfile
{
    /// <summary>"High, level 3.1", "HE-AAC", "Profile 0"; null when the configuration does not tell.</summary>
    public static string? Describe(Track track)
    {
        var config = track.Configuration.Span;
        return track.Codec switch
        {
            Codec.H264 when Avc.TryParseConfiguration(config, out var avc) => Level($"{H264(avc.Profile, avc.Compatibility)}", avc.Level / 10.0),
            Codec.Hevc when Hevc.TryParseConfiguration(config, out var hevc) => Level(Hevc265(hevc.Profile), hevc.Level / 30.0),
            Codec.Av1 when Av1.TryParseConfiguration(config, out var av1) => Level(Av1Name(av1.Profile), 2 + (av1.Level >> 2) + (av1.Level & 3) / 10.0),
            Codec.Vp9 when Vp9.TryParseConfiguration(config, out var vp9) => string.Create(CultureInfo.InvariantCulture, $"Profile {vp9.Profile}"),
            Codec.Aac when Aac.TryParse(config, out var aac) => AacName(aac.SignalledObjectType),
            _ => null,
        };
    }

    private static string Level(string profile, double level) => string.Create(CultureInfo.InvariantCulture, $"{profile}, level {level:0.0}");

    /// <summary>ISO/IEC 14496-10 annex A: constraint_set1_flag makes Baseline the Constrained Baseline.</summary>
    private static string H264(int profile, int compatibility) => profile switch
    {
        66 => (compatibility & 0x40) != 0 ? "Constrained Baseline" : "Baseline",
        77 => "Main",
        88 => "Extended",
        100 => "High",
        110 => "High 10",
        122 => "High 4:2:2",
        244 => "High 4:4:4 Predictive",
        44 => "CAVLC 4:4:4 Intra",
        _ => Numbered(profile),
    };

    private static string Hevc265(int profile) => profile switch
    {
        1 => "Main",
        2 => "Main 10",
        3 => "Main Still Picture",
        4 => "Range Extensions",
        9 => "Screen Content",
        _ => Numbered(profile),
    };

    private static string Av1Name(int profile) => profile switch { 0 => "Main", 1 => "High", 2 => "Professional", _ => Numbered(profile) };

    private static string AacName(int objectType) => objectType switch
    {
        1 => "Main",
        2 => "LC",
        3 => "SSR",
        4 => "LTP",
        5 => "HE-AAC",
        23 => "LD",
        29 => "HE-AAC v2",
        39 => "ELD",
        42 => "xHE-AAC",
        _ => Numbered(objectType),
    };

    private static string Numbered(int profile) => string.Create(CultureInfo.InvariantCulture, $"Profile {profile}");
}
