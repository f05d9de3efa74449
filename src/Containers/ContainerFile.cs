using Tapedeck.Containers.Flv;
using Tapedeck.Containers.Mp4;
using Tapedeck.Containers.MpegTs;
using Tapedeck.Containers.WebM;

namespace Tapedeck.Containers;

/// <summary>Finds the reader for a file by what it holds, whatever its name.</summary>
public static class ContainerFile
{
    private const byte TsSync = 0x47;

    private static ReadOnlySpan<byte> Ebml => [0x1A, 0x45, 0xDF, 0xA3];

    /// <summary>Opens a seekable file; the reader owns the stream.</summary>
    /// <exception cref="ContainerFormatException">No container that can be read.</exception>
    public static IContainerReader Open(Stream file)
    {
        Span<byte> start = stackalloc byte[189];
        file.Position = 0;
        var count = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        file.Position = 0;
        if (count >= 3 && start[..3].SequenceEqual("FLV"u8))
            return FlvReader.Open(file);
        if (count >= 8 && IsBox(start[4..8]))
            return Mp4Reader.Open(file);
        if (count >= 4 && start[..4].SequenceEqual(Ebml))
            return MatroskaReader.Open(file);
        if (count >= 188 && start[0] == TsSync && (count == 188 || start[188] == TsSync))
            return TsReader.Open(file);
        throw new ContainerFormatException(count == 0 ? "The file is empty." : "The file is none of MP4, FLV, MPEG-TS, WebM and Matroska.");
    }

    /// <summary>A box type that a file of ISO base media may begin with.</summary>
    private static bool IsBox(ReadOnlySpan<byte> type) =>
        type.SequenceEqual("ftyp"u8) || type.SequenceEqual("styp"u8) || type.SequenceEqual("moov"u8)
        || type.SequenceEqual("moof"u8) || type.SequenceEqual("mdat"u8) || type.SequenceEqual("free"u8) || type.SequenceEqual("skip"u8);
}
