using Tapedeck.Media;

namespace Tapedeck.Containers.Repair;

/// <summary>What can be told of a sample without decoding it.</summary>
internal static class SamplePayload
{
    /// <summary>Shorter ones may be zeros by right.</summary>
    private const int ZerosFrom = 4;

    /// <summary>What is wrong with it, or null: NAL units fill samples of H.264 and HEVC exactly, and no sample is only zeros.</summary>
    public static string? Fault(Track track, ReadOnlySpan<byte> payload)
    {
        // Zeros are a legal level of sound that is not coded, and data may be anything.
        if (track.Kind == TrackKind.Data || track.Codec is Codec.Unknown or Codec.G711A or Codec.G711U)
            return null;
        if (payload.Length >= ZerosFrom && payload.IndexOfAnyExcept((byte)0) < 0)
            return "holds only zeros";
        var lengthSize = track.Codec switch
        {
            Codec.H264 when Avc.TryParseConfiguration(track.Configuration.Span, out var avc) => avc.LengthSize,
            Codec.Hevc when Hevc.TryParseConfiguration(track.Configuration.Span, out var hevc) => hevc.LengthSize,
            _ => 0,
        };
        if (lengthSize == 0)
            return null;
        var units = new NalUnits(payload, lengthSize);
        var any = false;
        while (units.MoveNext())
            any = true;
        return any && units.IsWhole ? null : "is not filled by its NAL units";
    }
}
