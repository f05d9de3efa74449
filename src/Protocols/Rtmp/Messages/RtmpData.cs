using System.Buffers;

namespace Tapedeck.Protocols.Rtmp;

/// <summary>A data message, type 18 or 15 (RTMP 1.0 section 7.1.2): a name and values.</summary>
/// <param name="Name">As sent, also <c>@setDataFrame</c> and <c>@clearDataFrame</c>.</param>
public sealed record RtmpData(string Name, IReadOnlyList<object?> Values)
{
    public const string SetDataFrame = "@setDataFrame";
    public const string ClearDataFrame = "@clearDataFrame";

    public RtmpData(string name, params object?[] values)
        : this(name, (IReadOnlyList<object?>)values)
    {
    }

    private bool IsFrameCommand => Name is SetDataFrame or ClearDataFrame;

    /// <summary>The handler the data is meant for, such as <c>onMetaData</c>: the name, or what the data frame commands name. May be empty.</summary>
    public string Handler => !IsFrameCommand ? Name : Values.Count > 0 && Values[0] is string handler ? handler : "";

    /// <summary>The first value meant for <see cref="Handler"/>; null when there is none.</summary>
    public object? Content
    {
        get
        {
            var first = IsFrameCommand ? 1 : 0;
            return first < Values.Count ? Values[first] : null;
        }
    }

    /// <exception cref="RtmpProtocolException">Broken AMF, or the first value is no string.</exception>
    public static RtmpData Parse(MessageType type, ReadOnlySpan<byte> body, RtmpLimits limits)
    {
        var values = AmfBody.Read(type, body, limits, out var name);
        return new RtmpData(name, (IReadOnlyList<object?>)values);
    }

    /// <summary>Writes the body for message type 18, or 15 when asked for.</summary>
    public void Write(IBufferWriter<byte> output, MessageType type = MessageType.DataAmf0)
    {
        AmfBody.WriteSelector(output, type);
        Amf0Writer.Write(output, Name);
        foreach (var value in Values) Amf0Writer.Write(output, value);
    }
}
