using Tapedeck.Containers;
using Tapedeck.Containers.Flv;
using Tapedeck.Containers.Mp4;
using Tapedeck.Containers.MpegTs;
using Tapedeck.Containers.WebM;
using Tapedeck.Media;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Recording;

/// <summary>What a container writer may know about the recording.</summary>
/// <param name="StartedAt">Wall clock of the first frame.</param>
/// <param name="Metadata">The stream's latest <c>onMetaData</c> as AMF0, or empty.</param>
/// <param name="RecordData">Whether script data is written.</param>
internal sealed record ContainerContext(DateTimeOffset StartedAt, ReadOnlyMemory<byte> Metadata, bool RecordData)
{
    /// <summary>What was asked for.</summary>
    public RecordingOptions Options { get; init; } = new();
}

/// <summary>A container as the recorder sees it. The table below is the only place that knows which there are.</summary>
/// <param name="Format">Its name.</param>
/// <param name="Extension">Of its files, with the dot.</param>
/// <param name="NeedsLookahead">True when a sample's duration is known only with the next one of its track.</param>
/// <param name="FlushInterval">Media time between two writes.</param>
/// <param name="Create">A writer for a new file.</param>
/// <param name="Continue">A writer that goes on at the end of an existing file; the plan takes what prepares it.</param>
internal sealed record ContainerFormat(
    RecordingFormat Format,
    string Extension,
    bool NeedsLookahead,
    Func<RecordingSettings, TimeSpan> FlushInterval,
    Func<ContainerContext, IContainerWriter> Create,
    Func<Stream, ContainerContext, DiskPlan, IContainerWriter> Continue)
{
    public static ContainerFormat Of(RecordingFormat format) => Array.Find(All, f => f.Format == format)
        ?? throw new ArgumentOutOfRangeException(nameof(format), format, "There is no writer for this format.");

    private static readonly ContainerFormat[] All =
    [
        new(RecordingFormat.Mp4, ".mp4", NeedsLookahead: true, settings => settings.FragmentDuration,
            context => new Mp4Writer(Mp4(context)),
            (file, context, plan) => Mp4Writer.Continue(file, Mp4(context), plan)),
        new(RecordingFormat.Flv, ".flv", NeedsLookahead: false, settings => settings.FlvFlushDuration,
            context => new FlvWriter(Flv(context)),
            (file, context, plan) => FlvWriter.Continue(file, Flv(context), plan)),
        new(RecordingFormat.FragmentedMp4, ".mp4", NeedsLookahead: true, settings => settings.FragmentDuration,
            context => new Mp4Writer(Mp4(context) with { Fragmented = true }),
            (file, context, plan) => Mp4Writer.Continue(file, Mp4(context) with { Fragmented = true }, plan)),
        new(RecordingFormat.MpegTs, ".ts", NeedsLookahead: false, settings => settings.FlvFlushDuration,
            context => new TsWriter(Ts(context)),
            (file, context, plan) => TsWriter.Continue(file, Ts(context), plan)),
        new(RecordingFormat.WebM, ".webm", NeedsLookahead: true, settings => settings.FragmentDuration,
            context => new MatroskaWriter(WebM(context, MatroskaDocType.WebM)),
            (file, context, plan) => MatroskaWriter.Continue(file, WebM(context, MatroskaDocType.WebM), plan)),
        new(RecordingFormat.Matroska, ".mkv", NeedsLookahead: true, settings => settings.FragmentDuration,
            context => new MatroskaWriter(WebM(context, MatroskaDocType.Matroska)),
            (file, context, plan) => MatroskaWriter.Continue(file, WebM(context, MatroskaDocType.Matroska), plan)),
    ];

    /// <summary>Formats that could carry all of these tracks, by name.</summary>
    public static IReadOnlyList<string> ThatFit(IReadOnlyList<Track> tracks)
    {
        var context = new ContainerContext(default, default, RecordData: false);
        var fit = new List<string>();
        foreach (var format in All)
        {
            var writer = format.Create(context);
            if (tracks.All(t => writer.Judge(t) == TrackVerdict.Accepted))
                fit.Add(RecordingFormatNames.NameOf(format.Format));
            (writer as IDisposable)?.Dispose();
        }

        return fit;
    }

    private static MatroskaWriterOptions WebM(ContainerContext context, MatroskaDocType type) => new() { DocType = type, CreationTime = context.StartedAt, RecordData = context.RecordData, Metadata = context.Metadata };

    private static Mp4WriterOptions Mp4(ContainerContext context)
    {
        var options = context.Options;
        return new Mp4WriterOptions
        {
            CreationTime = context.StartedAt,
            RecordData = context.RecordData,
            Metadata = context.Metadata,
            Index = options.Mp4.IndexAtFront ? Mp4IndexPlace.Front : Mp4IndexPlace.Tail,
            ExpectedDuration = options.Mp4.ExpectedDuration ?? options.Split?.Duration ?? options.MaxDuration ?? TimeSpan.FromHours(1),
            WinQtCompat = options.Mp4.WinQtCompat,
            ChangesInFile = options.CodecChange == CodecChange.SameFile,
        };
    }

    private static TsWriterOptions Ts(ContainerContext context) => new() { Metadata = context.Metadata, RecordData = context.RecordData };

    private static FlvWriterOptions Flv(ContainerContext context) => new() { Metadata = context.Metadata, RecordData = context.RecordData };
}
