using System.Buffers;

namespace Tapedeck.Protocols.Rtmp;

/// <summary>A command message, type 20 or 17 (RTMP 1.0 section 7.1.1): name, transaction id, command object, arguments.</summary>
/// <param name="TransactionId">0 when no answer is wanted, or none was sent.</param>
/// <param name="CommandObject">Usually null, or an <see cref="AmfObject"/> for <c>connect</c>.</param>
public sealed record RtmpCommand(string Name, double TransactionId, object? CommandObject, IReadOnlyList<object?> Arguments)
{
    public RtmpCommand(string name, double transactionId, object? commandObject, params object?[] arguments)
        : this(name, transactionId, commandObject, (IReadOnlyList<object?>)arguments)
    {
    }

    /// <summary>The argument at this place, counted from 0 after the command object; null when it is missing.</summary>
    public object? Argument(int index) => index < Arguments.Count ? Arguments[index] : null;

    /// <summary>Reads a body. Missing values after the name are null, a transaction id that is no number is 0.</summary>
    /// <exception cref="RtmpProtocolException">Broken AMF, or the first value is no string.</exception>
    public static RtmpCommand Parse(MessageType type, ReadOnlySpan<byte> body, RtmpLimits limits)
    {
        var values = AmfBody.Read(type, body, limits, out var name);
        var transaction = values.Count > 0 && values[0] is double id ? id : 0;
        var command = values.Count > 1 ? values[1] : null;
        return new RtmpCommand(name, transaction, command, values.Count > 2 ? values.GetRange(2, values.Count - 2) : []);
    }

    /// <summary>Writes the body for message type 20, or 17 when asked for.</summary>
    public void Write(IBufferWriter<byte> output, MessageType type = MessageType.CommandAmf0)
    {
        AmfBody.WriteSelector(output, type);
        Amf0Writer.Write(output, Name);
        Amf0Writer.Write(output, TransactionId);
        Amf0Writer.Write(output, CommandObject);
        foreach (var argument in Arguments) Amf0Writer.Write(output, argument);
    }
}
