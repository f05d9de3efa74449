using System.Buffers;

namespace Tapedeck.Protocols.Rtmp.Tests;

/// <summary>Hand-made bytes.</summary>
internal static class Wire
{
    /// <summary>“0A ff” to bytes; blanks are free.</summary>
    public static byte[] Hex(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));

    public static byte[] Join(params IEnumerable<byte[]> parts) => [.. parts.SelectMany(part => part)];

    public static byte[] Body(int length, int seed = 1)
    {
        var body = new byte[length];
        new Random(seed).NextBytes(body);
        return body;
    }

    /// <summary>The basic header and message header of type 0.</summary>
    public static byte[] Fmt0(int csid, uint time, int length, MessageType type, uint streamId = 1) =>
        [(byte)csid, .. UInt24(time), .. UInt24((uint)length), (byte)type, (byte)streamId, (byte)(streamId >> 8), 0, 0];

    public static byte[] Fmt1(int csid, uint delta, int length, MessageType type) =>
        [(byte)(0x40 | csid), .. UInt24(delta), .. UInt24((uint)length), (byte)type];

    public static byte[] Fmt2(int csid, uint delta) => [(byte)(0x80 | csid), .. UInt24(delta)];

    public static byte[] Fmt3(int csid) => [(byte)(0xC0 | csid)];

    public static byte[] UInt24(uint value) => [(byte)(value >> 16), (byte)(value >> 8), (byte)value];

    public static byte[] UInt32(uint value) => [(byte)(value >> 24), .. UInt24(value)];

    public static byte[] SetChunkSize(uint size) => [.. Fmt0(2, 0, 4, MessageType.SetChunkSize, 0), .. UInt32(size)];

    public static byte[] Write(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Feeds everything at once and returns what came out.</summary>
    public static Recorder Read(byte[] bytes, RtmpLimits? limits = null, bool repeats = true)
    {
        var recorder = new Recorder();
        using var reader = new ChunkReader(recorder, limits ?? RtmpLimits.Default) { Fmt3AfterFmt0RepeatsTimestamp = repeats };
        reader.Feed(bytes);
        return recorder;
    }

    public static RtmpProtocolException Refused(Action action) => Should.Throw<RtmpProtocolException>(action);
}
