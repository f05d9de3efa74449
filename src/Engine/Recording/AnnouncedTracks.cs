using Tapedeck.Containers.Flv;

namespace Tapedeck.Engine.Recording;

/// <summary>What an encoder's onMetaData says will come. Many say nothing, some say what never comes.</summary>
/// <param name="Video">Video is announced.</param>
/// <param name="Audio">Audio is announced.</param>
internal readonly record struct AnnouncedTracks(bool Video, bool Audio)
{
    private static readonly string[] VideoNames = ["videocodecid", "width", "height", "framerate", "videodatarate"];
    private static readonly string[] AudioNames = ["audiocodecid", "audiosamplerate", "audiodatarate", "audiochannels"];

    public static AnnouncedTracks Read(ReadOnlySpan<byte> metadata)
    {
        if (metadata.IsEmpty || ScriptData.Read(metadata).Object is not { } properties)
            return default;
        return new AnnouncedTracks(Announces(properties, "hasVideo", VideoNames), Announces(properties, "hasAudio", AudioNames));
    }

    /// <summary>A flag decides; without one, any property that only such a track has, unless it is empty or zero.</summary>
    private static bool Announces(ScriptValue properties, string flag, string[] names)
    {
        if (properties[flag] is { Kind: ScriptKind.Boolean } said)
            return said.Boolean;
        foreach (var name in names)
        {
            if (properties[name] is { } value && (value.Kind == ScriptKind.Text ? value.Text.Length > 0 : value.Number > 0))
                return true;
        }

        return false;
    }
}
