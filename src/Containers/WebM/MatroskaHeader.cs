using System.Buffers.Binary;

namespace Tapedeck.Containers.WebM;

/// <summary>
/// The beginning of a file of ours. What changes later lies in its first sector of 512 bytes, which disks write whole or not at all:
/// <code>
///   0  EBML       DocType webm or matroska
///      Segment    size unknown (01 FF..FF)          -> its size, when finished
///      Void (80)                                    -> SeekHead: Info, Tracks, Cues
///      Info
///        TimestampScale 1,000,000: times are ms
///        Void (11)                                  -> Duration
///        MuxingApp, WritingApp, [DateUTC]
///      Tracks
/// </code>
/// </summary>
/// <param name="Body">First byte of Segment's body: positions in the file count from there.</param>
/// <param name="Info">Offset of Info.</param>
/// <param name="InfoSize">Bytes of its body.</param>
/// <param name="Duration">Offset of the element that is Void or Duration.</param>
/// <param name="Tracks">Offset of Tracks.</param>
internal readonly record struct MatroskaHeader(long Body, long Info, int InfoSize, long Duration, long Tracks)
{
    public const int SeekRoom = 8 + 3 * 24;
    public const int DurationRoom = 11;
    public const int Scale = 1_000_000;
    public const string MuxingApp = "Tapedeck";

    /// <summary>Segment's size as it is while recording; it takes the 8 bytes before <see cref="Body"/>.</summary>
    public static readonly byte[] UnknownSize = [1, 255, 255, 255, 255, 255, 255, 255];

    public static string Name(MatroskaDocType type) => type == MatroskaDocType.WebM ? "webm" : "matroska";

    public static MatroskaHeader Write(EbmlBuilder ebml, MatroskaWriterOptions options, IReadOnlyList<BlockTrack> tracks)
    {
        ebml.Begin(ElementId.Ebml);
        ebml.Number(ElementId.EbmlVersion, 1);
        ebml.Number(ElementId.EbmlReadVersion, 1);
        ebml.Number(ElementId.EbmlMaxIdLength, 4);
        ebml.Number(ElementId.EbmlMaxSizeLength, 8);
        ebml.Text(ElementId.DocType, Name(options.DocType));
        ebml.Number(ElementId.DocTypeVersion, 4);
        ebml.Number(ElementId.DocTypeReadVersion, 2);
        ebml.End();
        ebml.Raw([0x18, 0x53, 0x80, 0x67]);
        ebml.Raw(UnknownSize);
        var body = ebml.Length;
        ebml.Void(SeekRoom);
        var info = ebml.Length;
        ebml.Begin(ElementId.Info);
        ebml.Number(ElementId.TimestampScale, Scale);
        var duration = ebml.Length;
        ebml.Void(DurationRoom);
        ebml.Text(ElementId.MuxingApp, MuxingApp);
        ebml.Text(ElementId.WritingApp, options.WritingApp);
        if (options.CreationTime is { } time)
            ebml.Number(ElementId.DateUtc, (ulong)((time - SegmentHeader.DateUtcEpoch).Ticks * 100), 8);
        ebml.End();
        var header = new MatroskaHeader(body, info, ebml.Length - info - 8, duration, ebml.Length);
        ebml.Begin(ElementId.Tracks);
        foreach (var track in tracks)
            TrackEntry.Write(ebml, track.Track, track.FirstSample.Span);
        ebml.End();
        return header;
    }

    /// <summary>Duration alone, while recording.</summary>
    public void PatchDuration(DiskPlan plan, long nanoseconds)
    {
        var ebml = new EbmlBuilder();
        ebml.Float(ElementId.Duration, (double)nanoseconds / Scale);
        Patch(plan, Duration, ebml.Written);
    }

    /// <summary>SeekHead and Duration with the bytes between them, in one write.</summary>
    public void PatchFinished(DiskPlan plan, long nanoseconds, long cues)
    {
        var ebml = new EbmlBuilder();
        ebml.Begin(ElementId.SeekHead);
        Seek(ebml, ElementId.Info, Info);
        Seek(ebml, ElementId.Tracks, Tracks);
        Seek(ebml, ElementId.Cues, cues);
        ebml.End();
        ebml.Raw([0x15, 0x49, 0xA9, 0x66, (byte)(0x10 | InfoSize >> 24), (byte)(InfoSize >> 16), (byte)(InfoSize >> 8), (byte)InfoSize]);
        ebml.Number(ElementId.TimestampScale, Scale);
        ebml.Float(ElementId.Duration, (double)nanoseconds / Scale);
        Patch(plan, Body, ebml.Written);
    }

    public void PatchSize(DiskPlan plan, long size)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, size | 1L << 56);
        Patch(plan, Body - 8, bytes);
    }

    public void PatchUnfinished(DiskPlan plan)
    {
        Patch(plan, Body - 8, UnknownSize);
        plan.Sync();
        var ebml = new EbmlBuilder();
        ebml.Void(SeekRoom);
        Patch(plan, Body, ebml.Written);
    }

    private static void Patch(DiskPlan plan, long offset, ReadOnlySpan<byte> bytes)
    {
        var memory = plan.Scratch(bytes.Length);
        bytes.CopyTo(memory.Span);
        plan.Write(offset).Add(memory);
    }

    private void Seek(EbmlBuilder ebml, uint id, long offset)
    {
        ebml.Begin(ElementId.Seek);
        ebml.Number(ElementId.SeekId, id, 4);
        ebml.Number(ElementId.SeekPosition, (ulong)(offset - Body), 8);
        ebml.End();
    }
}
