using System.Buffers;
using BenchmarkDotNet.Attributes;
using Tapedeck.Containers.Flv;
using Tapedeck.Media;
using Tapedeck.Protocols.Rtmp;

namespace Tapedeck.Benchmarks;

/// <summary>From received bytes to frames: a real stream, in chunks of 4096 bytes as OBS sends them.</summary>
public class ProtocolPieces : IMessageSink, IFrameSink
{
    private const int Messages = 500;
    private const int ChunkSize = 4096;
    private static readonly byte[] Lent = new byte[1 << 20];
    private readonly List<(FlvTagType Type, byte[] Body)> _tags = [];
    private readonly ArrayBufferWriter<byte> _written = new();
    private readonly ChunkReader _reader;
    private readonly FlvPacketParser _parser;
    private readonly RtmpCommand _connect = new("connect", 1, new AmfObject
    {
        ["app"] = "live",
        ["type"] = "nonprivate",
        ["flashVer"] = "FMLE/3.0 (compatible; FMSc/1.0)",
        ["swfUrl"] = "rtmp://localhost/live",
        ["tcUrl"] = "rtmp://localhost/live",
        ["videoCodecs"] = 252.0,
        ["fpad"] = false,
    });

    private readonly byte[] _command;
    private readonly byte[] _bytes;
    private long _time;

    public ProtocolPieces()
    {
        _parser = new FlvPacketParser(this);
        using (var file = FlvTagReader.Open(File.OpenRead(Path.Combine(AppContext.BaseDirectory, "clip.flv"))))
        {
            while (file.TryRead(out var tag))
            {
                var body = tag.Body.ToArray();
                if (tag.Type is not (FlvTagType.Audio or FlvTagType.Video) || body.Length < 3)
                    continue;
                if (body[1] == 0)
                    Parse(tag.Type, body); // codec settings: once, as an encoder does
                else if (tag.Type == FlvTagType.Audio || body[1] == 1)
                    _tags.Add((tag.Type, body));
            }
        }

        for (var i = 0; _tags.Count < Messages; i++)
            _tags.Add(_tags[i]);
        var chunks = new ChunkWriter();
        var output = new ArrayBufferWriter<byte>();
        chunks.WriteSetChunkSize(output, ChunkSize);
        _reader = new ChunkReader(this, RtmpLimits.Default);
        _reader.Feed(output.WrittenSpan);
        output.ResetWrittenCount();
        for (var i = 0; i < Messages; i++)
            chunks.WriteMessage(output, _tags[i].Type == FlvTagType.Audio ? 4 : 6, (MessageType)_tags[i].Type, (uint)(i * 15), 1, _tags[i].Body);
        _bytes = output.WrittenSpan.ToArray();
        _connect.Write(_written);
        _command = _written.WrittenSpan.ToArray();
    }

    /// <summary>With the copy of the body into memory that the log lends.</summary>
    [Benchmark(Description = "chunk reader, a message", OperationsPerInvoke = Messages)]
    public void ReadChunks()
    {
        for (var at = 0; at < _bytes.Length; at += 64 * 1024)
            _reader.Feed(_bytes.AsSpan(at, Math.Min(64 * 1024, _bytes.Length - at)));
    }

    /// <summary>From body to frame.</summary>
    [Benchmark(Description = "tag parser, a message", OperationsPerInvoke = Messages)]
    public void ParseTags()
    {
        for (var i = 0; i < Messages; i++)
            Parse(_tags[i].Type, _tags[i].Body);
    }

    /// <summary>What an encoder says first.</summary>
    [Benchmark(Description = "AMF: read a connect command")]
    public object ReadCommand() => RtmpCommand.Parse(MessageType.CommandAmf0, _command, RtmpLimits.Default);

    /// <summary>The same, written.</summary>
    [Benchmark(Description = "AMF: write a connect command")]
    public void WriteCommand()
    {
        _written.ResetWrittenCount();
        _connect.Write(_written);
    }

    /// <inheritdoc/>
    public Memory<byte> Lend(in MessageHeader header, int atLeast) => Lent;

    /// <inheritdoc/>
    public void OnMessage(in MessageHeader header, ReadOnlyMemory<byte> body)
    {
    }

    /// <inheritdoc/>
    public void OnAbandoned(in MessageHeader header, Memory<byte> lent)
    {
    }

    /// <inheritdoc/>
    public void OnFrame(in MediaFrame frame)
    {
    }

    private void Parse(FlvTagType type, byte[] body)
    {
        _time += 15;
        if (type == FlvTagType.Audio)
            _parser.Audio(_time, body);
        else
            _parser.Video(_time, body);
    }
}
