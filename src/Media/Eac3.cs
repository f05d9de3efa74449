namespace Tapedeck.Media;

/// <summary>An E-AC-3 access unit: its first independent substream, and what belongs to it.</summary>
/// <param name="SampleRate">In Hz.</param>
/// <param name="Channels">Of the first independent substream, with the low frequency channel.</param>
/// <param name="Samples">Samples in the access unit: 1536 for a whole one.</param>
/// <param name="Length">Bytes of all its sync frames.</param>
/// <param name="SampleRateCode">fscod.</param>
/// <param name="BitStreamId">bsid.</param>
/// <param name="ChannelMode">acmod.</param>
/// <param name="HasLfe">lfeon.</param>
/// <param name="DependentSubstreams">How many dependent substreams the first program has.</param>
public readonly record struct Eac3Header(
    int SampleRate, int Channels, int Samples, int Length, int SampleRateCode, int BitStreamId, int ChannelMode, bool HasLfe, int DependentSubstreams);

/// <summary>E-AC-3: ETSI TS 102 366 annex E, annex F for MP4.</summary>
public static class Eac3
{
    /// <summary>Reads all sync frames of an access unit; only the program of substream 0 is described.</summary>
    public static bool TryParse(ReadOnlySpan<byte> unit, out Eac3Header header)
    {
        header = default;
        var at = 0;
        var samples = 0;
        var dependents = 0;
        while (TryParseFrame(unit[at..], out var type, out var id, out var frame))
        {
            if (at == 0)
                header = frame;
            if (type == 1)
                dependents += samples > 0 && samples == frame.Samples ? 1 : 0;
            else if (id == 0)
                samples += frame.Samples;
            at += Math.Min(frame.Length, unit.Length - at);
        }

        header = header with { Samples = samples, Length = at, DependentSubstreams = dependents };
        return samples > 0;
    }

    /// <summary>The body of the dec3 box for one independent substream.</summary>
    public static byte[] BuildConfiguration(in Eac3Header h)
    {
        var body = new byte[h.DependentSubstreams > 0 ? 6 : 5];
        var bits = new BitWriter(body);
        bits.Put(Math.Min(8191, (long)h.Length * 8 * h.SampleRate / Math.Max(1, h.Samples) / 1000), 13);
        bits.Put(0, 3);
        bits.Put(h.SampleRateCode, 2);
        bits.Put(h.BitStreamId, 5);
        bits.Put(0, 1 + 1 + 3);
        bits.Put(h.ChannelMode, 3);
        bits.Put(h.HasLfe ? 1 : 0, 1);
        bits.Put(0, 3);
        bits.Put(h.DependentSubstreams, 4);

        // chan_loc of the dependent substreams is left 0: the sync frames say it again.
        bits.Put(0, h.DependentSubstreams > 0 ? 9 : 1);
        return body;
    }

    private static bool TryParseFrame(ReadOnlySpan<byte> frame, out int type, out int id, out Eac3Header header)
    {
        (type, id, header) = (0, 0, default);
        if (frame.Length < 6 || frame[0] != 0x0B || frame[1] != 0x77)
            return false;
        var bits = new BitReader(frame[2..]);
        type = (int)bits.Bits(2);
        id = (int)bits.Bits(3);
        var length = ((int)bits.Bits(11) + 1) * 2;
        var rateCode = (int)bits.Bits(2);
        var blocksCode = (int)bits.Bits(2);
        var mode = (int)bits.Bits(3);
        var lfe = bits.Flag();
        var bsid = (int)bits.Bits(5);
        if (bsid is <= 10 or > 16 || type == 3 || (rateCode == 3 && blocksCode == 3))
            return false;

        // fscod 3: the next two bits are fscod2 (half rates) and the frame has six blocks.
        var rate = (rateCode == 3 ? blocksCode : rateCode) switch { 0 => 48000, 1 => 44100, _ => 32000 } / (rateCode == 3 ? 2 : 1);
        var blocks = rateCode == 3 || blocksCode == 3 ? 6 : blocksCode + 1;
        header = new Eac3Header(rate, Ac3.ModeChannels[mode] + (lfe ? 1 : 0), blocks * 256, length, rateCode, bsid, mode, lfe, 0);
        return true;
    }
}
