namespace Tapedeck.Containers.Flv;
/// <summary>temporary</summary>
public readonly record struct AnnouncedTracks(bool Video, bool Audio)
{
    /// <summary>temporary</summary>
    public static AnnouncedTracks Read(ReadOnlySpan<byte> amf0) => amf0.IsEmpty ? default : default;
}
