using Tapedeck.Containers;
using Tapedeck.Containers.Flv;
using Tapedeck.Containers.Mp4;
using Tapedeck.Containers.MpegTs;
using Tapedeck.Containers.WebM;

namespace Tapedeck.Benchmarks;

/// <summary>A container under measurement.</summary>
/// <param name="Name">As in the configuration.</param>
/// <param name="FragmentSeconds">Media between two writes, as the recorder has it by default.</param>
/// <param name="Create">A writer for a new file.</param>
internal sealed record Format(string Name, double FragmentSeconds, Func<IContainerWriter> Create)
{
    public static IReadOnlyList<Format> All { get; } =
    [
        new("mp4", 0.9, () => new Mp4Writer()),
        new("fmp4", 0.9, () => new Mp4Writer(new Mp4WriterOptions { Fragmented = true })),
        new("flv", 0.25, () => new FlvWriter()),
        new("ts", 0.25, () => new TsWriter()),
        new("mkv", 0.9, () => new MatroskaWriter(new MatroskaWriterOptions { DocType = MatroskaDocType.Matroska })),
    ];
}
