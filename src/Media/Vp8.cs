namespace Tapedeck.Media;

/// <summary>VP8, RFC 6386.</summary>
public static class Vp8
{
    /// <summary>True when the frame's tag says key frame (9.1).</summary>
    public static bool IsKeyFrame(ReadOnlySpan<byte> frame) => frame.Length >= 3 && (frame[0] & 1) == 0;

    /// <summary>Size from the header of a key frame (9.1); false for other frames.</summary>
    public static bool TryGetSize(ReadOnlySpan<byte> frame, out int width, out int height)
    {
        width = height = 0;
        if (frame.Length < 10 || !IsKeyFrame(frame) || frame[3] != 0x9D || frame[4] != 0x01 || frame[5] != 0x2A)
            return false;
        width = (frame[6] | frame[7] << 8) & 0x3FFF;
        height = (frame[8] | frame[9] << 8) & 0x3FFF;
        return width > 0 && height > 0;
    }
}
