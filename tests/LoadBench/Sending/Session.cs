using System.Buffers;
using System.Globalization;
using System.Text;
using Tapedeck.Protocols.Rtmp;

namespace Tapedeck.LoadBench;

/// <summary>What an encoder or a player says before media: handshake, connect, createStream, publish or play.</summary>
internal static class Session
{
    private const int HandshakeBytes = 1536;
    private const int ConnectionChunkStream = 3;
    private const int StreamChunkStream = 8;

    /// <summary>Opens a stream for <paramref name="command"/>; its answer is left to the caller.</summary>
    /// <param name="command">publish or play.</param>
    public static void Open(Wire wire, int port, string application, string command, params object?[] arguments)
    {
        var hello = new byte[1 + HandshakeBytes];
        hello[0] = 3;
        wire.SendAll(hello);
        var answer = Receive(wire, 1 + HandshakeBytes + HandshakeBytes);
        wire.SendAll(answer.AsSpan(1, HandshakeBytes));
        var chunks = new ChunkWriter();
        var output = new ArrayBufferWriter<byte>();
        chunks.WriteSetChunkSize(output, Clip.ChunkSize);
        Write(chunks, output, ConnectionChunkStream, 0, new RtmpCommand("connect", 1, new AmfObject { ["app"] = application, ["tcUrl"] = $"rtmp://127.0.0.1:{port}/{application}", ["flashVer"] = "FMLE/3.0" }));
        Write(chunks, output, ConnectionChunkStream, 0, new RtmpCommand("createStream", 2, null));
        // The stream's number is 1 on every server there is, so its command need not wait for the answer.
        Write(chunks, output, StreamChunkStream, Clip.StreamId, new RtmpCommand(command, 3, null, arguments));
        wire.SendAll(output.WrittenSpan);
    }

    /// <summary>Reads until a word was seen; the load needs no parser for what a server answers a publisher.</summary>
    public static void Await(Wire wire, string who, string word)
    {
        var seen = new StringBuilder();
        var buffer = new byte[4096];
        while (!seen.ToString().Contains(word, StringComparison.Ordinal))
        {
            var n = wire.Receive(buffer);
            if (n == 0)
                throw new IOException(string.Create(CultureInfo.InvariantCulture, $"{who}: the server closed the connection before '{word}': {seen}"));
            seen.Append(Encoding.Latin1.GetString(buffer, 0, n));
        }
    }

    private static void Write(ChunkWriter chunks, ArrayBufferWriter<byte> output, int csid, uint stream, RtmpCommand command)
    {
        var body = new ArrayBufferWriter<byte>();
        command.Write(body);
        chunks.WriteMessage(output, csid, MessageType.CommandAmf0, 0, stream, body.WrittenSpan);
    }

    private static byte[] Receive(Wire wire, int count)
    {
        var bytes = new byte[count];
        for (var at = 0; at < count;)
        {
            var n = wire.Receive(bytes.AsSpan(at));
            at += n > 0 ? n : throw new IOException("The server closed the connection during the handshake.");
        }

        return bytes;
    }
}
