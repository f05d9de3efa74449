namespace Tapedeck.Engine.Streams;

/// <summary>How much of the past the streams of an application keep, so that a recording may begin there.</summary>
/// <param name="Duration">Media time; what is kept begins with a key frame at least so old, once the stream is.</param>
/// <param name="Bytes">Of media, per stream: no more is kept, even when that is less than <paramref name="Duration"/>.</param>
public sealed record Preroll(TimeSpan Duration, long Bytes)
{
    /// <summary>Nothing is kept for its own sake.</summary>
    public static Preroll None { get; } = new(TimeSpan.Zero, 0);

    /// <summary>The cap where nobody sets one: 30 s at 17 Mbit/s.</summary>
    public const long DefaultBytes = 64 * 1024 * 1024;
}
