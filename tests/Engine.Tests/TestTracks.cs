using Tapedeck.Media;

namespace Tapedeck.Engine.Tests;

/// <summary>Tracks as RTMP numbers them.</summary>
internal static class TestTracks
{
    public static Track Video(int id = 1, Codec codec = Codec.H264, int width = 640) =>
        new() { Id = id, Kind = TrackKind.Video, Codec = codec, Timescale = 1000, Width = width };

    public static Track Audio(int id = 101, Codec codec = Codec.Aac) =>
        new() { Id = id, Kind = TrackKind.Audio, Codec = codec, Timescale = 1000, SampleRate = 48000 };

    public static Track Data(int id = 201) =>
        new() { Id = id, Kind = TrackKind.Data, Codec = Codec.ScriptData, Timescale = 1000 };
}
