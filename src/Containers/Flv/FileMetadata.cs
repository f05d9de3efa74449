using System.Buffers;
using System.Buffers.Binary;
using Tapedeck.Media;

namespace Tapedeck.Containers.Flv;

/// <summary>
/// The file's own onMetaData, and where in the file the parts stand that are written over later:
/// <code>
/// 02 "onMetaData" 08 count
///   "duration" double  "filesize" double              27 bytes, within one sector: one small write
///   properties of the stream, as received; then what the tracks say and the stream did not
///   "indexcapacity" N
///   "keyframes" 03 "filepositions" [N] "times" [N] 00 00 09
/// 00 00 09
/// </code>
/// Until the file is finished the index is named "unindexed": a player of an unfinished file should find no index rather than an empty one.
/// </summary>
internal sealed record FileMetadata
{
    public const string IndexName = "keyframes";
    public const string HiddenIndexName = "unindexed";
    public const string CapacityName = "indexcapacity";

    /// <summary>From the double of the duration to the double of the file size, when they follow each other.</summary>
    private const int SizeAfterDuration = 8 + 2 + 8 + 1;

    private const int PatchLength = SizeAfterDuration + 8;

    /// <summary>A stream's metadata beyond this stays out of the file's; it is a script tag of the stream all the same.</summary>
    private const int MaxStreamMetadata = 1 << 20;

    private static readonly HashSet<string> Own = new(StringComparer.Ordinal)
    {
        "duration", "filesize", IndexName, HiddenIndexName, CapacityName,
        // What says something about another file than this one.
        "hasKeyframes", "lasttimestamp", "lastkeyframetimestamp", "lastkeyframelocation", "datasize", "videosize", "audiosize", "canSeekToEnd",
    };

    /// <summary>File offset of the double, 0 when there is none.</summary>
    public long DurationAt { get; init; }

    /// <summary>File offset of the double, 0 when there is none.</summary>
    public long FileSizeAt { get; init; }

    /// <summary>File offset of the 9 letters of the index's name, 0 when there is none.</summary>
    public long IndexNameAt { get; init; }

    /// <summary>File offset of the array of positions.</summary>
    public long PositionsAt { get; init; }

    /// <summary>File offset of the array of times.</summary>
    public long TimesAt { get; init; }

    /// <summary>Builds the body of the first tag of a file.</summary>
    public static (FileMetadata Places, byte[] Body) Build(IReadOnlyCollection<Track> tracks, ReadOnlySpan<byte> streamMetadata, KeyframeIndex index)
    {
        const long bodyAt = FlvWire.FirstTagOffset + FlvWire.TagHeaderLength;
        var script = streamMetadata.Length <= MaxStreamMetadata ? ScriptData.Read(streamMetadata) : null;
        var received = script is { IsWhole: true } ? script.Object : null;
        var kept = received?.Properties.Where(property => IsKept(property.Key, property.Value)).ToList() ?? [];
        var output = new ArrayBufferWriter<byte>();
        var writer = new ScriptDataWriter(output);

        writer.Text(FlvMetadata.Name);
        writer.BeginEcmaArray(2 + kept.Count + FlvMetadata.CountProperties(tracks, received) + (index.Capacity > 0 ? 2 : 0));
        writer.Name("duration");
        var durationAt = bodyAt + writer.Length + 1;
        writer.Number(0);
        writer.Name("filesize");
        var fileSizeAt = bodyAt + writer.Length + 1;
        writer.Number(0);
        foreach (var (name, value) in kept)
        {
            writer.Name(name);
            writer.Raw(streamMetadata.Slice(value.Offset, value.Length));
        }

        FlvMetadata.WriteProperties(tracks, writer, received);
        if (index.Capacity == 0)
        {
            writer.EndObject();
            return (new FileMetadata { DurationAt = durationAt, FileSizeAt = fileSizeAt }, output.WrittenSpan.ToArray());
        }

        writer.Name(CapacityName);
        writer.Number(index.Capacity);
        writer.Name(HiddenIndexName);
        var indexNameAt = bodyAt + writer.Length - HiddenIndexName.Length;
        writer.BeginObject();
        var array = new byte[KeyframeIndex.ArrayLength(index.Capacity)];
        writer.Name("filepositions");
        var positionsAt = bodyAt + writer.Length;
        // What follows is of known length: times, two ends, back pointer. There the first tag of the stream begins.
        var firstTag = positionsAt + array.Length + 2 + 5 + array.Length + 3 + 3 + FlvWire.BackPointerLength;
        index.WritePositions(array, firstTag);
        writer.Raw(array);
        writer.Name("times");
        var timesAt = bodyAt + writer.Length;
        index.WriteTimes(array);
        writer.Raw(array);
        writer.EndObject();
        writer.EndObject();

        var places = new FileMetadata
        {
            DurationAt = durationAt,
            FileSizeAt = fileSizeAt,
            IndexNameAt = indexNameAt,
            PositionsAt = positionsAt,
            TimesAt = timesAt,
        };
        return (places, output.WrittenSpan.ToArray());
    }

    public void PatchLengths(DiskPlan plan, TimeSpan duration, long fileSize)
    {
        if (DurationAt > 0 && FileSizeAt == DurationAt + SizeAfterDuration)
        {
            var patch = plan.Scratch(PatchLength);
            BinaryPrimitives.WriteDoubleBigEndian(patch.Span, duration.TotalSeconds);
            "\u0000\u0008filesize\0"u8.CopyTo(patch.Span[8..]);
            BinaryPrimitives.WriteDoubleBigEndian(patch.Span[SizeAfterDuration..], fileSize);
            plan.Write(DurationAt).Add(patch);
            return;
        }

        WriteDouble(plan, DurationAt, duration.TotalSeconds);
        WriteDouble(plan, FileSizeAt, fileSize);
    }

    public void WriteIndex(DiskPlan plan, KeyframeIndex index)
    {
        if (IndexNameAt == 0 || !index.IsUseful)
            return;
        var positions = plan.Scratch(KeyframeIndex.ArrayLength(index.Capacity));
        index.WritePositions(positions.Span, 0);
        plan.Write(PositionsAt).Add(positions);
        var times = plan.Scratch(KeyframeIndex.ArrayLength(index.Capacity));
        index.WriteTimes(times.Span);
        plan.Write(TimesAt).Add(times);
    }

    /// <summary>Last of all: from now on players find the index, if it is of use to them.</summary>
    public void RevealIndex(DiskPlan plan, KeyframeIndex index)
    {
        if (IndexNameAt == 0 || !index.IsUseful)
            return;
        var name = plan.Scratch(IndexName.Length);
        "keyframes"u8.CopyTo(name.Span);
        plan.Write(IndexNameAt).Add(name);
    }

    /// <summary>Finds the places in the first tag of an existing file.</summary>
    /// <param name="metadata">The parsed tag.</param>
    /// <param name="bodyAt">File offset of its body.</param>
    /// <param name="index">The index as the file has it, when it is one of ours.</param>
    public static FileMetadata Find(ScriptData metadata, long bodyAt, out ScriptValue? index)
    {
        var properties = metadata.Object;
        index = null;
        var places = new FileMetadata { DurationAt = NumberAt("duration"), FileSizeAt = NumberAt("filesize") };
        var found = properties?[IndexName] ?? properties?[HiddenIndexName];
        var capacity = properties?[CapacityName]?.Number ?? 0;
        if (found?["filepositions"] is not { Kind: ScriptKind.Numbers } positions || found["times"] is not { Kind: ScriptKind.Numbers } times
            || capacity != positions.Numbers.Length || capacity != times.Numbers.Length)
            return places;
        index = found;
        return places with
        {
            IndexNameAt = bodyAt + found.Offset - IndexName.Length,
            PositionsAt = bodyAt + positions.Offset,
            TimesAt = bodyAt + times.Offset,
        };

        long NumberAt(string name) => properties?[name] is { Kind: ScriptKind.Number } value ? bodyAt + value.Offset + 1 : 0;
    }

    private static void WriteDouble(DiskPlan plan, long offset, double value)
    {
        if (offset == 0)
            return;
        var patch = plan.Scratch(8);
        BinaryPrimitives.WriteDoubleBigEndian(patch.Span, value);
        plan.Write(offset).Add(patch);
    }

    private static bool IsKept(string name, ScriptValue value) => name.Length is > 0 and < 256 && !Own.Contains(name) && IsPlain(value);

    /// <summary>A value that means the same in another place: a reference would count other objects there.</summary>
    private static bool IsPlain(ScriptValue value) => value.Kind switch
    {
        ScriptKind.Nothing => value.Length == 1,
        ScriptKind.Object => value.IsClosed && value.Properties.Values.All(IsPlain),
        ScriptKind.List => value.Items.All(IsPlain),
        _ => true,
    };
}
