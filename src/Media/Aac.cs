namespace Tapedeck.Media;

/// <summary>What an AudioSpecificConfig says.</summary>
/// <param name="ObjectType">Of the core coder: 2 is AAC LC.</param>
/// <param name="CoreRate">Sampling rate of the core coder in Hz.</param>
/// <param name="OutputRate">Sampling rate after SBR in Hz; equals the core rate when SBR is absent or not signalled.</param>
/// <param name="Channels">Channels of the core coder; 0 when it cannot be known.</param>
/// <param name="FrameLength">Core samples in one frame: 1024 or 960 (AAC-LD 512 or 480).</param>
/// <param name="HasSbr">Spectral band replication is signalled (HE-AAC).</param>
/// <param name="HasPs">Parametric stereo is signalled (HE-AAC v2): one core channel gives two.</param>
public readonly record struct AacConfiguration(int ObjectType, int CoreRate, int OutputRate, int Channels, int FrameLength, bool HasSbr, bool HasPs)
{
    /// <summary>The object type that names the whole stream: 29 with PS, 5 with SBR, otherwise the core's.</summary>
    public int SignalledObjectType => HasPs ? 29 : HasSbr ? 5 : ObjectType;

    /// <summary>Channels that come out of a decoder.</summary>
    public int OutputChannels => HasPs && Channels == 1 ? 2 : Channels;
}

/// <summary>AAC: ISO/IEC 14496-3.</summary>
public static class Aac
{
    private static readonly int[] Rates = [96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350];
    private static readonly int[] ChannelCounts = [0, 1, 2, 3, 4, 5, 6, 8, 0, 0, 0, 7, 8, 24, 8, 0];

    /// <summary>Reads an AudioSpecificConfig (1.6.2.1) with explicit or backward-compatible SBR and PS signalling.</summary>
    public static bool TryParse(ReadOnlySpan<byte> config, out AacConfiguration configuration)
    {
        configuration = default;
        var bits = new BitReader(config);
        var type = ReadObjectType(ref bits);
        var rate = ReadRate(ref bits);
        var channelConfig = (int)bits.Bits(4);
        var extensionRate = rate;
        var (sbr, ps) = (false, false);
        if (type is 5 or 29)
        {
            (sbr, ps) = (true, type == 29);
            extensionRate = ReadRate(ref bits);
            type = ReadObjectType(ref bits);
            if (type == 22)
                bits.Skip(4);
        }

        if (bits.Failed || rate <= 0 || extensionRate <= 0 || type == 0)
            return false;
        var channels = ChannelCounts[channelConfig];
        var frameLength = 1024;
        if (type is 1 or 2 or 3 or 4 or 6 or 7 or 17 or 19 or 20 or 21 or 22 or 23)
        {
            // GASpecificConfig
            var isShort = bits.Flag();
            frameLength = type == 23 ? isShort ? 480 : 512 : isShort ? 960 : 1024;
            if (bits.Flag())
                bits.Skip(14);
            var extension = bits.Flag();
            if (channelConfig == 0)
                channels = CountProgramChannels(ref bits);
            if (type is 6 or 20)
                bits.Skip(3);
            if (extension)
                SkipGaExtension(ref bits, type);
            if (bits.Failed)
                return false;
            if (!sbr && type is not (17 or 19 or 20 or 22 or 23))
                (sbr, ps, extensionRate) = ReadSyncExtension(ref bits, rate);
        }
        else if (type == 39)
        {
            // ELDSpecificConfig begins with frameLengthFlag.
            frameLength = bits.Flag() ? 480 : 512;
        }

        configuration = new AacConfiguration(type, rate, extensionRate, channels, frameLength, sbr, ps);
        return true;
    }

    /// <summary>Builds a plain AudioSpecificConfig: 2 bytes, or 5 for a rate that is not in the table.</summary>
    public static byte[] Build(int objectType, int sampleRate, int channels)
    {
        var channelConfig = channels == 8 ? 7 : channels is > 0 and < 7 ? channels : 0;
        Span<byte> target = stackalloc byte[8];
        target.Clear();
        var bits = new BitWriter(target);
        bits.Put(objectType, 5);
        var index = Array.IndexOf(Rates, sampleRate);
        bits.Put(index < 0 ? 15 : index, 4);
        if (index < 0)
            bits.Put(sampleRate, 24);
        bits.Put(channelConfig, 4);
        bits.Put(0, 3);
        return target[..bits.Bytes].ToArray();
    }

    private static int ReadObjectType(ref BitReader bits)
    {
        var type = (int)bits.Bits(5);
        return type == 31 ? 32 + (int)bits.Bits(6) : type;
    }

    private static int ReadRate(ref BitReader bits)
    {
        var index = (int)bits.Bits(4);
        return index == 15 ? (int)bits.Bits(24) : index < Rates.Length ? Rates[index] : 0;
    }

    /// <summary>program_config_element (4.4.1.1); only the speakers are of interest.</summary>
    private static int CountProgramChannels(ref BitReader bits)
    {
        bits.Skip(4 + 2 + 4);
        var front = (int)bits.Bits(4);
        var side = (int)bits.Bits(4);
        var back = (int)bits.Bits(4);
        var lfe = (int)bits.Bits(2);
        var data = (int)bits.Bits(3);
        var coupling = (int)bits.Bits(4);
        if (bits.Flag())
            bits.Skip(4);
        if (bits.Flag())
            bits.Skip(4);
        if (bits.Flag())
            bits.Skip(3);
        var channels = lfe;
        for (var i = 0; i < front + side + back && !bits.Failed; i++)
        {
            channels += bits.Flag() ? 2 : 1;
            bits.Skip(4);
        }

        bits.Skip(lfe * 4 + data * 4 + coupling * 5);

        // The rest is aligned to a byte of the whole config, which starts at bit 0.
        bits.Skip(bits.Left & 7);
        bits.Skip((int)bits.Bits(8) * 8);
        return channels;
    }

    private static void SkipGaExtension(ref BitReader bits, int type)
    {
        if (type == 22)
            bits.Skip(16);
        if (type is 17 or 19 or 20 or 23)
            bits.Skip(3);
        bits.Skip(1);
    }

    private static (bool Sbr, bool Ps, int Rate) ReadSyncExtension(ref BitReader bits, int rate)
    {
        if (bits.Left < 16 || bits.Bits(11) != 0x2B7 || ReadObjectType(ref bits) != 5)
            return (false, false, rate);
        if (!bits.Flag())
            return (false, false, rate);
        var extensionRate = ReadRate(ref bits);
        if (bits.Failed || extensionRate <= 0)
            return (false, false, rate);
        var ps = bits.Left >= 12 && bits.Bits(11) == 0x548 && bits.Flag();
        return (true, ps, extensionRate);
    }
}
