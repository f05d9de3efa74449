using System.Globalization;
using System.Text;

namespace Tapedeck.Media;

/// <summary>The <c>codecs</c> parameter of media types: RFC 6381 and each codec's own rule.</summary>
public static class Rfc6381
{
    /// <summary>The value for one track, or null when the codec has none or its configuration cannot be read.</summary>
    public static string? Codecs(Track track)
    {
        var config = track.Configuration.Span;
        switch (track.Codec)
        {
            case Codec.H264:
                return Avc.TryParseConfiguration(config, out var avc) ? $"avc1.{avc.Profile:X2}{avc.Compatibility:X2}{avc.Level:X2}" : null;
            case Codec.Hevc:
                return Hevc.TryParseConfiguration(config, out var hevc) ? HevcString(hevc) : null;
            case Codec.Av1:
                return Av1.TryParseConfiguration(config, out var av1)
                    ? string.Create(CultureInfo.InvariantCulture, $"av01.{av1.Profile}.{av1.Level:D2}{(av1.IsHighTier ? 'H' : 'M')}.{av1.BitDepth:D2}")
                    : null;
            case Codec.Vp8:
                return "vp08.00.41.08";
            case Codec.Vp9:
                return Vp9.TryParseConfiguration(config, out var vp9)
                    ? string.Create(CultureInfo.InvariantCulture, $"vp09.{vp9.Profile:D2}.{vp9.Level:D2}.{vp9.BitDepth:D2}")
                    : "vp09.00.41.08";
            case Codec.Aac:
                return Aac.TryParse(config, out var aac) ? string.Create(CultureInfo.InvariantCulture, $"mp4a.40.{aac.SignalledObjectType}") : null;
            case Codec.Mp3:
                return track.SampleRate is > 0 and <= 24000 ? "mp4a.69" : "mp4a.6B";
            case Codec.Opus:
                return "opus";
            case Codec.Flac:
                return "fLaC";
            case Codec.Ac3:
                return "ac-3";
            case Codec.Eac3:
                return "ec-3";
            case Codec.G711A:
                return "alaw";
            case Codec.G711U:
                return "ulaw";
            default:
                return null;
        }
    }

    /// <summary>14496-15 annex E: compatibility flags in reverse bit order, then the constraint bytes without trailing zeros.</summary>
    private static string HevcString(in HevcConfiguration hevc)
    {
        var text = new StringBuilder("hvc1.");
        if (hevc.ProfileSpace > 0)
            text.Append((char)('A' + hevc.ProfileSpace - 1));
        uint reversed = 0;
        for (var i = 0; i < 32; i++)
            reversed |= (hevc.Compatibility >> i & 1) << (31 - i);
        text.Append(CultureInfo.InvariantCulture, $"{hevc.Profile}.{reversed:X}.{(hevc.IsHighTier ? 'H' : 'L')}{hevc.Level}");
        for (var rest = hevc.Constraints; rest != 0; rest = rest << 8 & 0xFFFF_FFFF_FFFF)
            text.Append(CultureInfo.InvariantCulture, $".{rest >> 40:X}");
        return text.ToString();
    }
}
