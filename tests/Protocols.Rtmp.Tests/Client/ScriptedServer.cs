using System.Buffers;

namespace Tapedeck.Protocols.Rtmp.Tests.Client;

/// <summary>A server that a test drives: it takes one message after the other and answers what it is told.</summary>
internal sealed class ScriptedServer(Stream transport) : IMessageSink, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Queue<(MessageHeader Header, byte[] Body)> _messages = [];
    private readonly ChunkWriter _writer = new();
    private readonly byte[] _buffer = new byte[4096];
    private ChunkReader? _reader;

    public HandshakeForm Form { get; private set; }

    public long BytesSent { get; private set; }

    public int ChunkSize => _reader!.ChunkSize;

    /// <summary>Shakes hands and takes connect, which the test then answers.</summary>
    public async Task<ConnectRequest> AcceptAsync()
    {
        var handshake = new ServerHandshake();
        _reader = new ChunkReader(this, RtmpLimits.Default);
        while (!handshake.IsComplete)
        {
            var count = await transport.ReadAsync(_buffer).AsTask().WaitAsync(Patience);
            count.ShouldBeGreaterThan(0);
            var output = new ArrayBufferWriter<byte>();
            Take(handshake, count, output);
            if (output.WrittenCount > 0) await transport.WriteAsync(output.WrittenMemory);
        }
        Form = handshake.Form;
        return ConnectRequest.FromCommand((await NextCommandAsync("connect")).Command);
    }

    public async Task AcceptAndAnswerAsync()
    {
        var request = await AcceptAsync();
        await ReplyAsync(request.TransactionId, new AmfObject(), RtmpStatus.Create("status", "NetConnection.Connect.Success", "").Info);
    }

    /// <summary>The next message that is no protocol control message.</summary>
    public async Task<(MessageHeader Header, byte[] Body)> NextAsync()
    {
        while (true)
        {
            var next = await NextOfAnyKindAsync();
            if (next.Header.Type > MessageType.SetPeerBandwidth) return next;
        }
    }

    public async Task<(MessageHeader Header, byte[] Body)> NextOfAnyKindAsync()
    {
        while (_messages.Count == 0)
        {
            var count = await transport.ReadAsync(_buffer).AsTask().WaitAsync(Patience);
            if (count == 0) throw new EndOfStreamException();
            _reader!.Feed(_buffer.AsSpan(0, count));
        }
        return _messages.Dequeue();
    }

    public async Task<(MessageHeader Header, RtmpCommand Command)> NextCommandAsync(string name)
    {
        var (header, body) = await NextAsync();
        header.Type.ShouldBe(MessageType.CommandAmf0);
        var command = RtmpCommand.Parse(header.Type, body, RtmpLimits.Default);
        command.Name.ShouldBe(name);
        return (header, command);
    }

    public Task ReplyAsync(double transaction, params object?[] values) => SendAsync(0, new RtmpCommand("_result", transaction, values[0], values[1..]));

    public Task ErrorAsync(double transaction, string code, string description) =>
        SendAsync(0, new RtmpCommand("_error", transaction, null, RtmpStatus.Create("error", code, description).Info));

    public Task StatusAsync(uint streamId, string level, string code) => SendAsync(streamId, RtmpStatus.Create(level, code, "as scripted").ToCommand());

    public Task SendAsync(uint streamId, RtmpCommand command) =>
        SendAsync((writer, output) => writer.WriteMessage(output, 3, MessageType.CommandAmf0, 0, streamId, Wire.Write(body => command.Write(body))));

    public async Task SendAsync(Action<ChunkWriter, IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(_writer, output);
        BytesSent += output.WrittenCount;
        await transport.WriteAsync(output.WrittenMemory);
    }

    /// <summary>Takes the calls of PublishAsync or PlayAsync and gives the stream its id; the status is left to the test.</summary>
    public async Task<(MessageHeader Header, RtmpCommand Command)> GiveStreamAsync(string command, double id)
    {
        if (command == "publish")
        {
            await NextCommandAsync("releaseStream");
            await NextCommandAsync("FCPublish");
        }
        var create = await NextCommandAsync("createStream");
        await ReplyAsync(create.Command.TransactionId, null, id);
        return await NextCommandAsync(command);
    }

    public Memory<byte> Lend(in MessageHeader header, int atLeast) => new byte[header.Length];

    public void OnMessage(in MessageHeader header, ReadOnlyMemory<byte> body) => _messages.Enqueue((header, body.ToArray()));

    public void OnAbandoned(in MessageHeader header, Memory<byte> lent)
    {
    }

    public void Dispose()
    {
        _reader?.Dispose();
        transport.Dispose();
    }

    private void Take(ServerHandshake handshake, int count, ArrayBufferWriter<byte> output)
    {
        ReadOnlySpan<byte> input = _buffer.AsSpan(0, count);
        if (handshake.Advance(ref input, output)) _reader!.Feed(input);
    }
}
