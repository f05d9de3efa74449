using Tapedeck.Containers.Mp4;

namespace Tapedeck.Containers.WebM;

/// <summary>
/// Where players may start, 16 bytes each in pooled blocks while recording: <c>time 40 bits, cluster 48, position in it 32, track 8</c>. The file
/// holds 28 to 31 bytes for each:
/// <code>
/// CuePoint
///   CueTime              ms
///   CueTrackPositions
///     CueTrack
///     CueClusterPosition   from the beginning of Segment's body
///     CueRelativePosition  from the beginning of Cluster's body
/// </code>
/// </summary>
internal sealed class CueIndex : IDisposable
{
    /// <summary>Bytes of Cues at most: a list that would be longer is thinned out.</summary>
    private const long MaxLength = 1 << 27;
    private const int PointLength = 31;
    private readonly IndexTable _points = new();

    public long Count => _points.Length / 16;

    public void Add(long time, long cluster, long relative, int track)
    {
        var packed = (ulong)cluster & 0xFFFF_FFFF_FFFF;
        _points.U64((ulong)Math.Min(time, (1L << 40) - 1) << 24 | packed >> 24);
        _points.U64(packed << 40 | (ulong)(uint)relative << 8 | (byte)track);
    }

    /// <summary>The body of Cues.</summary>
    /// <param name="builder">Takes the points.</param>
    /// <param name="numbers">TrackNumbers by index.</param>
    public void WriteTo(EbmlBuilder builder, IReadOnlyList<long> numbers)
    {
        var step = Math.Max(1, (Count * PointLength + MaxLength - 1) / MaxLength);
        for (long i = 0; i < Count; i += step)
        {
            var first = U64(i * 16);
            var second = U64(i * 16 + 8);
            var number = (ulong)numbers[(int)(second & 255)];
            var trackLength = number < 256 ? 1 : 4;

            // Lengths are fixed, so masters need only one byte of size.
            builder.Raw([(byte)ElementId.CuePoint, (byte)(0x80 | 7 + 2 + 2 + trackLength + 8 + 6)]);
            builder.Number(ElementId.CueTime, first >> 24, 5);
            builder.Raw([(byte)ElementId.CueTrackPositions, (byte)(0x80 | 2 + trackLength + 8 + 6)]);
            builder.Number(ElementId.CueTrack, number, trackLength);
            builder.Number(ElementId.CueClusterPosition, (first & 0xFFFFFF) << 24 | second >> 40, 6);
            builder.Number(ElementId.CueRelativePosition, second >> 8 & 0xFFFFFFFF, 4);
        }
    }

    public void Dispose() => _points.Dispose();

    private ulong U64(long position) => (ulong)_points.At(position) << 32 | _points.At(position + 4);
}
