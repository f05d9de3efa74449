using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Tapedeck.HookScript.Protocol;

/// <summary>Messages over two byte streams: 4 bytes length, little endian, then JSON.</summary>
/// <param name="input">Where messages come from. One reader at a time.</param>
/// <param name="output">Where they go. Several writers take turns.</param>
internal sealed class MessageStream(Stream input, Stream output) : IDisposable
{
    /// <summary>No message is longer; the longest carry a compiled script.</summary>
    public const int MaximumBytes = 32 * 1024 * 1024;

    /// <summary>Buffers that grew beyond are not kept.</summary>
    private const int KeptBytes = 1024 * 1024;

    private readonly SemaphoreSlim _turn = new(1, 1);
    private ArrayBufferWriter<byte> _buffer = new(4096);
    private readonly byte[] _header = new byte[4];
    private byte[] _body = new byte[4096];

    /// <exception cref="IOException">The other side is gone.</exception>
    public async ValueTask SendAsync(Message message, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            // Half a message would make all that follow unreadable: once begun it is not cancelled.
            await output.WriteAsync(Encode(message), CancellationToken.None);
            await output.FlushAsync(CancellationToken.None);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>The same on a thread that may wait.</summary>
    /// <exception cref="IOException">The other side is gone.</exception>
    public void Send(Message message)
    {
        _turn.Wait(CancellationToken.None);
        try
        {
            output.Write(Encode(message).Span);
            output.Flush();
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>The next message; null when the other side has closed.</summary>
    /// <exception cref="IOException">What came is no message.</exception>
    public async ValueTask<Message?> ReadAsync(CancellationToken cancellationToken)
    {
        if (await input.ReadAtLeastAsync(_header, 4, throwOnEndOfStream: false, cancellationToken) < 4)
            return null;
        var body = Body();
        return await input.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, cancellationToken) < body.Length ? null : Decode(body.Span);
    }

    /// <summary>The same on a thread that may wait.</summary>
    /// <exception cref="IOException">What came is no message.</exception>
    public Message? Read()
    {
        if (input.ReadAtLeast(_header, 4, throwOnEndOfStream: false) < 4)
            return null;
        var body = Body().Span;
        return input.ReadAtLeast(body, body.Length, throwOnEndOfStream: false) < body.Length ? null : Decode(body);
    }

    public void Dispose()
    {
        input.Dispose();
        output.Dispose();
        _turn.Dispose();
    }

    private Memory<byte> Body()
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(_header);
        if (length is <= 0 or > MaximumBytes)
            throw new IOException($"a message cannot have {length} bytes");
        if (_body.Length < length || _body.Length > KeptBytes)
            _body = new byte[Math.Max(length, 4096)];
        return _body.AsMemory(0, length);
    }

    private static Message Decode(ReadOnlySpan<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, MessageJson.Default.Message) ?? throw new IOException("an empty message came");
        }
        catch (JsonException e)
        {
            throw new IOException("what came is no message: " + e.Message, e);
        }
    }

    private ReadOnlyMemory<byte> Encode(Message message)
    {
        var buffer = _buffer.Capacity > KeptBytes ? _buffer = new ArrayBufferWriter<byte>(4096) : _buffer;
        buffer.ResetWrittenCount();
        buffer.Write<byte>([0, 0, 0, 0]);
        using (var json = new Utf8JsonWriter(buffer))
            JsonSerializer.Serialize(json, message, MessageJson.Default.Message);
        var length = buffer.WrittenCount - 4;
        if (length > MaximumBytes)
            throw new IOException($"a message of {length} bytes is too long; {MaximumBytes >> 20} MiB is the limit");
        var bytes = MemoryMarshal.AsMemory(buffer.WrittenMemory);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.Span, length);
        return bytes;
    }
}
