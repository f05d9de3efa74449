using System.Globalization;

namespace Tapedeck.Protocols.Rtmp;

/// <summary>Bits of a FourCC info map entry (Enhanced RTMP, NetConnection.connect).</summary>
[Flags]
public enum FourCcAbility
{
    None = 0,
    Decode = 1,
    Encode = 2,
    Forward = 4,
}

/// <summary>Bits of <c>capsEx</c> (Enhanced RTMP).</summary>
[Flags]
public enum ExtendedCapabilities
{
    None = 0,
    Reconnect = 1,
    Multitrack = 2,
    ModEx = 4,
    TimestampNanoOffset = 8,
}

/// <summary>Bits of <c>videoFunction</c> (Enhanced RTMP).</summary>
[Flags]
public enum VideoFunctions
{
    None = 0,
    FrameAccurateSeek = 1,
    Hdr = 2,
    PacketTypeMetadata = 4,
    LargeScaleTile = 8,
}

/// <summary>
/// What one side of a connection says in connect or in its result (Enhanced RTMP v2, “Enhancing NetConnection connect
/// Command”). Where a map is expected, objects and ECMA arrays are both read; values of a wrong kind are passed over.
/// </summary>
public sealed record EnhancedCapabilities
{
    public const string AnyFourCc = "*";

    private static readonly Dictionary<string, FourCcAbility> NoMap = [];

    public IReadOnlyList<string> FourCcList { get; init; } = [];

    public IReadOnlyDictionary<string, FourCcAbility> Video { get; init; } = NoMap;

    public IReadOnlyDictionary<string, FourCcAbility> Audio { get; init; } = NoMap;

    public ExtendedCapabilities CapsEx { get; init; }

    public VideoFunctions VideoFunction { get; init; }

    /// <summary>Whether this is a peer of plain RTMP. Its players also send the video function for seeking, which is older.</summary>
    public bool IsEmpty => FourCcList.Count == 0 && Video.Count == 0 && Audio.Count == 0 && CapsEx == 0
        && (VideoFunction & ~VideoFunctions.FrameAccurateSeek) == 0;

    public static EnhancedCapabilities Read(AmfObject properties) => new()
    {
        FourCcList = ReadList(properties["fourCcList"]),
        Video = ReadMap(properties["videoFourCcInfoMap"]),
        Audio = ReadMap(properties["audioFourCcInfoMap"]),
        CapsEx = (ExtendedCapabilities)ReadBits(properties["capsEx"]),
        VideoFunction = (VideoFunctions)ReadBits(properties["videoFunction"]),
    };

    /// <summary>Adds the properties that say something.</summary>
    public void AddTo(AmfObject properties)
    {
        if (FourCcList.Count > 0) properties["fourCcList"] = new AmfArray(FourCcList);
        if (Video.Count > 0) properties["videoFourCcInfoMap"] = WriteMap(Video);
        if (Audio.Count > 0) properties["audioFourCcInfoMap"] = WriteMap(Audio);
        if (CapsEx != 0) properties["capsEx"] = (double)CapsEx;
        if (VideoFunction != 0) properties["videoFunction"] = (double)VideoFunction;
    }

    private static List<string> ReadList(object? value) => value switch
    {
        string one => [one],
        AmfArray array => [.. array.OfType<string>()],
        AmfObject map => [.. map.Select(entry => entry.Value).OfType<string>()],
        _ => [],
    };

    private static Dictionary<string, FourCcAbility> ReadMap(object? value)
    {
        if (value is not AmfObject map) return NoMap;
        var result = new Dictionary<string, FourCcAbility>(StringComparer.Ordinal);
        foreach (var (name, bits) in map)
            if (bits is double) result[name] = (FourCcAbility)ReadBits(bits);
        return result;
    }

    private static AmfObject WriteMap(IReadOnlyDictionary<string, FourCcAbility> map)
    {
        var result = new AmfObject();
        foreach (var (name, bits) in map) result[name] = (double)bits;
        return result;
    }

    private static int ReadBits(object? value) => value switch
    {
        double number when number is >= 0 and <= int.MaxValue => (int)number,
        string text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => number,
        _ => 0,
    };
}
