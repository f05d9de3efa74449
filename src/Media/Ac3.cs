namespace Tapedeck.Media;

/// <summary>The header of an AC-3 sync frame.</summary>
/// <param name="SampleRate">In Hz.</param>
/// <param name="Channels">With the low frequency channel.</param>
/// <param name="Bitrate">In bit/s.</param>
/// <param name="FrameLength">Bytes of the frame.</param>
/// <param name="SampleRateCode">fscod.</param>
/// <param name="BitStreamId">bsid.</param>
/// <param name="BitStreamMode">bsmod.</param>
/// <param name="ChannelMode">acmod.</param>
/// <param name="HasLfe">lfeon.</param>
/// <param name="BitrateCode">frmsizecod without its last bit, as dac3 holds it.</param>
public readonly record struct Ac3Header(
    int SampleRate, int Channels, int Bitrate, int FrameLength, int SampleRateCode, int BitStreamId, int BitStreamMode, int ChannelMode, bool HasLfe, int BitrateCode)
{
    /// <summary>Samples in the frame.</summary>
    public int Samples => 1536;
}

/// <summary>AC-3: ETSI TS 102 366 clause 4, annex F for MP4.</summary>
public static class Ac3
{
    private static readonly short[] Bitrates = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640];

    /// <summary>Channels of each acmod, without low frequency.</summary>
    internal static ReadOnlySpan<byte> ModeChannels => [2, 1, 2, 3, 3, 4, 4, 5];

    /// <summary>Reads syncinfo and the beginning of bsi.</summary>
    public static bool TryParse(ReadOnlySpan<byte> frame, out Ac3Header header)
    {
        header = default;
        if (frame.Length < 8 || frame[0] != 0x0B || frame[1] != 0x77)
            return false;
        var bits = new BitReader(frame[4..]);
        var rateCode = (int)bits.Bits(2);
        var sizeCode = (int)bits.Bits(6);
        var id = (int)bits.Bits(5);
        var mode = (int)bits.Bits(3);
        var channelMode = (int)bits.Bits(3);
        if (rateCode == 3 || sizeCode >= 38 || id > 10)
            return false;
        bits.Skip(((channelMode & 1) != 0 && channelMode != 1 ? 2 : 0) + ((channelMode & 4) != 0 ? 2 : 0) + (channelMode == 2 ? 2 : 0));
        var lfe = bits.Flag();

        // bsid 9 and 10 halve and quarter the rate.
        var shift = Math.Max(id, 8) - 8;
        var kbit = Bitrates[sizeCode >> 1];
        var length = rateCode switch
        {
            0 => kbit * 4,
            1 => (kbit * 96000 / 44100 + (sizeCode & 1)) * 2,
            _ => kbit * 6,
        };
        header = new Ac3Header(
            (rateCode switch { 0 => 48000, 1 => 44100, _ => 32000 }) >> shift,
            ModeChannels[channelMode] + (lfe ? 1 : 0),
            (kbit * 1000) >> shift,
            length,
            rateCode,
            id,
            mode,
            channelMode,
            lfe,
            sizeCode >> 1);
        return true;
    }

    /// <summary>The 3-byte body of the dac3 box.</summary>
    public static byte[] BuildConfiguration(in Ac3Header h)
    {
        var body = new byte[3];
        var bits = new BitWriter(body);
        bits.Put(h.SampleRateCode, 2);
        bits.Put(h.BitStreamId, 5);
        bits.Put(h.BitStreamMode, 3);
        bits.Put(h.ChannelMode, 3);
        bits.Put(h.HasLfe ? 1 : 0, 1);
        bits.Put(h.BitrateCode, 5);
        return body;
    }
}
