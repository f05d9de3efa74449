using Tapedeck.Containers.MpegTs;
using Tapedeck.Media;

namespace Tapedeck.Containers.Mp4;

/// <summary>An entry of stsd, and the track as it describes it.</summary>
/// <param name="Track">With these parameters.</param>
/// <param name="Bytes">The entry with its header; empty until the first sample is known.</param>
internal sealed record SampleDescription(Track Track, byte[] Bytes)
{
    private byte[]? _sets;

    /// <summary>Width and height of a visual entry, which stand 24 bytes after its type.</summary>
    public (int Width, int Height) Size =>
        Bytes.Length < 36 ? (0, 0) : (Bytes[32] << 8 | Bytes[33], Bytes[34] << 8 | Bytes[35]);

    /// <summary>
    /// The parameter sets of H.264 and H.265 as they stand in a sample: for players that know a track's first entry only. Empty for codecs that say it
    /// in every key frame, or in every frame.
    /// </summary>
    public byte[] ParameterSets => _sets ??= Track.Codec switch
    {
        Codec.H264 when Avc.TryParseConfiguration(Track.Configuration.Span, out var avc) =>
            MpegTs.ParameterSets.FromAvc(Track.Configuration.Span).ToSample(avc.LengthSize),
        Codec.Hevc when Hevc.TryParseConfiguration(Track.Configuration.Span, out var hevc) =>
            MpegTs.ParameterSets.FromHevc(Track.Configuration.Span).ToSample(hevc.LengthSize),
        _ => [],
    };

    /// <summary>Bytes that each length in front of a NAL unit has; 0 for other codecs.</summary>
    public static int LengthSize(Track track) => track.Codec switch
    {
        Codec.H264 when Avc.TryParseConfiguration(track.Configuration.Span, out var avc) => avc.LengthSize,
        Codec.Hevc when Hevc.TryParseConfiguration(track.Configuration.Span, out var hevc) => hevc.LengthSize,
        _ => 0,
    };

    /// <summary>Where parameter sets go into a sample: in front, but behind an access unit delimiter, which must be first.</summary>
    public int PlaceOfSets(ReadOnlySpan<byte> sample)
    {
        var lengthSize = LengthSize(Track);
        var nals = new NalUnits(sample, lengthSize).GetEnumerator();
        if (!nals.MoveNext())
            return 0;
        var first = nals.Current;
        var isDelimiter = first.Length > 0
            && (Track.Codec == Codec.Hevc ? Hevc.NalType(first[0]) == NalTypes.HevcDelimiter : Avc.NalType(first[0]) == NalTypes.AvcDelimiter);
        return isDelimiter ? lengthSize + first.Length : 0;
    }
}
