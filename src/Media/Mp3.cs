namespace Tapedeck.Media;

/// <summary>A frame header of MPEG audio.</summary>
/// <param name="Version">1 MPEG-1, 2 MPEG-2, 3 MPEG-2.5.</param>
/// <param name="Layer">1 to 3.</param>
/// <param name="SampleRate">In Hz.</param>
/// <param name="Channels">1 or 2.</param>
/// <param name="Samples">Samples in the frame.</param>
/// <param name="Bitrate">In bit/s, 0 for free format.</param>
/// <param name="FrameLength">Bytes with header, 0 for free format.</param>
public readonly record struct Mp3Header(int Version, int Layer, int SampleRate, int Channels, int Samples, int Bitrate, int FrameLength);

/// <summary>MPEG audio layer III and its sisters: ISO/IEC 11172-3 2.4.2.3, 13818-3.</summary>
public static class Mp3
{
    private static readonly short[] Bitrates =
    [
        0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448,
        0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384,
        0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320,
        0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256,
        0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160,
    ];

    /// <summary>Reads the 4-byte frame header.</summary>
    public static bool TryParse(ReadOnlySpan<byte> frame, out Mp3Header header)
    {
        header = default;
        if (frame.Length < 4 || frame[0] != 0xFF || (frame[1] & 0xE0) != 0xE0)
            return false;
        var version = (frame[1] >> 3 & 3) switch { 3 => 1, 2 => 2, 0 => 3, _ => 0 };
        var layer = 4 - (frame[1] >> 1 & 3);
        var bitrateIndex = frame[2] >> 4;
        var rateIndex = frame[2] >> 2 & 3;
        if (version == 0 || layer == 4 || bitrateIndex == 15 || rateIndex == 3)
            return false;
        var rate = (rateIndex switch { 0 => 44100, 1 => 48000, _ => 32000 }) >> (version - 1);
        var row = version == 1 ? layer - 1 : layer == 1 ? 3 : 4;
        var bitrate = Bitrates[row * 15 + bitrateIndex] * 1000;
        var samples = layer == 1 ? 384 : layer == 3 && version > 1 ? 576 : 1152;
        var padding = frame[2] >> 1 & 1;
        var length = layer == 1 ? (12 * bitrate / rate + padding) * 4 : samples / 8 * bitrate / rate + padding;
        header = new Mp3Header(version, layer, rate, frame[3] >> 6 == 3 ? 1 : 2, samples, bitrate, bitrate == 0 ? 0 : length);
        return true;
    }
}
