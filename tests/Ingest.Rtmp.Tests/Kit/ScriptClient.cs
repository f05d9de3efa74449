using System.Buffers;
using System.Threading.Channels;
using Tapedeck.Protocols.Rtmp;

namespace Tapedeck.Ingest.Rtmp.Tests.Kit;

/// <summary>A client that does exactly what its test says: collects bytes, sends them in one piece, and keeps what the server answers.</summary>
internal sealed class ScriptClient(PipeTransport transport, RtmpConnection connection, Task session) : IMessageSink
{
    /// <summary>What a plain connect is answered with.</summary>
    public static readonly string[] ConnectAnswer =
        ["window 2500000", "bandwidth 2500000", "chunk 65536", "_result 1 NetConnection.Connect.Success", "onBWDone 0"];

    private const int HandshakeAnswer = 1 + 2 * 1536;

    private readonly ChunkWriter _chunks = new();
    private readonly ArrayBufferWriter<byte> _collected = new();
    private readonly Channel<Reply> _replies = Channel.CreateUnbounded<Reply>();
    private Task _reading = Task.CompletedTask;
    private int _syncs = 9000;

    public RtmpConnection Connection => connection;

    public PipeTransport Transport => transport;

    /// <summary>Completes when the session and its transport are gone.</summary>
    public Task Session => session.WaitAsync(TestServer.Patience);

    public void StartReading() => _reading = Task.Run(ReadAsync);

    /// <summary>C0, C1 and C2 in one piece, without a digest.</summary>
    public ScriptClient Handshake()
    {
        var bytes = new byte[1 + 2 * 1536];
        bytes[0] = 3;
        return Raw(bytes);
    }

    public ScriptClient Raw(params ReadOnlySpan<byte> bytes)
    {
        _collected.Write(bytes);
        return this;
    }

    public ScriptClient Connect(string app) =>
        Append(3, 0, new RtmpCommand("connect", 1, new AmfObject { ["app"] = app, ["flashVer"] = "FMLE/3.0 (compatible; FMSc/1.0)", ["tcUrl"] = "rtmp://host/" + app }));

    /// <summary>A command of the connection.</summary>
    public ScriptClient Command(string name, double transactionId, params object?[] arguments) =>
        Append(3, 0, new RtmpCommand(name, transactionId, null, arguments));

    /// <summary>A command of a message stream.</summary>
    public ScriptClient On(uint streamId, string name, double transactionId, params object?[] arguments) =>
        Append(8, streamId, new RtmpCommand(name, transactionId, null, arguments));

    public ScriptClient Append(int csid, uint streamId, RtmpCommand command, MessageType type = MessageType.CommandAmf0)
    {
        var body = new ArrayBufferWriter<byte>();
        command.Write(body, type);
        return Message(csid, type, 0, streamId, body.WrittenSpan);
    }

    public ScriptClient Message(int csid, MessageType type, uint time, uint streamId, ReadOnlySpan<byte> body)
    {
        _chunks.WriteMessage(_collected, csid, type, time, streamId, body);
        return this;
    }

    public ScriptClient Video(uint time, byte[] body, uint streamId = 1) => Message(6, MessageType.Video, time, streamId, body);

    public ScriptClient Audio(uint time, byte[] body, uint streamId = 1) => Message(4, MessageType.Audio, time, streamId, body);

    public ScriptClient Data(uint time, byte[] body, uint streamId = 1) => Message(5, MessageType.DataAmf0, time, streamId, body);

    public ScriptClient ChunkSize(int size)
    {
        _chunks.WriteSetChunkSize(_collected, size);
        return this;
    }

    public ScriptClient Ping(uint value)
    {
        new UserControl(UserControlEvent.PingRequest, value).Write(_chunks, _collected);
        return this;
    }

    /// <summary>Takes what was collected instead of sending it.</summary>
    public byte[] Take()
    {
        var bytes = _collected.WrittenSpan.ToArray();
        _collected.ResetWrittenCount();
        return bytes;
    }

    /// <summary>Sends what was collected so that one receive finds all of it, if it fits.</summary>
    public async Task SendAsync() => await transport.ClientOutput.WriteAsync(Take()).AsTask().WaitAsync(TestServer.Patience);

    public Task SendAsync(ReadOnlySpan<byte> bytes) => Raw(bytes).SendAsync();

    /// <summary>The next message; fails when the connection closes instead.</summary>
    public async Task<Reply> NextAsync() => await _replies.Reader.ReadAsync().AsTask().WaitAsync(TestServer.Patience);

    /// <summary>The next messages are these.</summary>
    public async Task ExpectAsync(params string[] texts)
    {
        var seen = new List<string>();
        while (seen.Count < texts.Length)
            seen.Add((await NextAsync()).Text);
        seen.ShouldBe(texts);
    }

    /// <summary>Everything the server has handled was answered: returns the answers.</summary>
    public async Task<List<string>> SyncAsync()
    {
        var id = ++_syncs;
        await Command("_checkbw", id).SendAsync();
        var seen = new List<string>();
        while ((await NextAsync()).Text is var text && text != $"_result {id}")
            seen.Add(text);
        return seen;
    }

    /// <summary>All that comes until the server closes.</summary>
    public async Task<List<Reply>> RestAsync()
    {
        await Session;
        await _reading.WaitAsync(TestServer.Patience);
        var result = new List<Reply>();
        while (_replies.Reader.TryRead(out var reply))
            result.Add(reply);
        return result;
    }

    /// <summary>The server answers these and closes.</summary>
    public async Task ExpectEndAsync(params string[] texts) => (await RestAsync()).Select(r => r.Text).ShouldBe(texts);

    /// <summary>For a client that does not read: the server has begun to write.</summary>
    public async Task SeeOutputAsync()
    {
        var result = await transport.ClientInput.ReadAsync().AsTask().WaitAsync(TestServer.Patience);
        transport.ClientInput.AdvanceTo(result.Buffer.Start);
    }

    /// <summary>For a client that does not read: takes what the server has written.</summary>
    public async Task<long> TakeOutputAsync()
    {
        var result = await transport.ClientInput.ReadAsync().AsTask().WaitAsync(TestServer.Patience);
        var bytes = result.Buffer.Length;
        transport.ClientInput.AdvanceTo(result.Buffer.End);
        return bytes;
    }

    /// <summary>As an encoder whose process ends.</summary>
    public async Task CloseAsync()
    {
        await transport.ClientOutput.CompleteAsync();
        if (_reading.IsCompleted && !session.IsCompleted)
            await transport.ClientInput.CompleteAsync();
        await Session;
    }

    /// <summary>As an encoder whose cable is cut.</summary>
    public async Task ResetAsync()
    {
        await transport.ClientOutput.CompleteAsync(new IOException("Connection reset by peer"));
        await Session;
    }

    Memory<byte> IMessageSink.Lend(in MessageHeader header, int atLeast) => new byte[atLeast];

    void IMessageSink.OnMessage(in MessageHeader header, ReadOnlyMemory<byte> body) => _replies.Writer.TryWrite(new Reply(header, body.ToArray()));

    void IMessageSink.OnAbandoned(in MessageHeader header, Memory<byte> lent)
    {
    }

    private async Task ReadAsync()
    {
        try
        {
            using var chunks = new ChunkReader(this, RtmpLimits.Default);
            var skip = HandshakeAnswer;
            while (true)
            {
                var result = await transport.ClientInput.ReadAsync();
                foreach (var part in result.Buffer)
                {
                    var skipped = Math.Min(skip, part.Length);
                    skip -= skipped;
                    chunks.Feed(part.Span[skipped..]);
                }

                transport.ClientInput.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                    return;
            }
        }
        catch (InvalidOperationException)
        {
            // The test took the input away.
        }
        finally
        {
            _replies.Writer.TryComplete();
        }
    }
}
