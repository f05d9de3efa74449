using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Tapedeck.Engine.Streams;

/// <summary>Settings of live streams (section <c>streams</c>).</summary>
public sealed record StreamOptions
{
    /// <summary>Upper bound of what a log keeps for viewers that join between two key frames.</summary>
    [Description("Media kept per stream so that a new viewer starts at once at the latest key frame; a longer group of pictures makes it wait for the next one")]
    [Range(0, 1L << 30)]
    public long GopCacheBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>The same bound in media time.</summary>
    [Description("Media time kept per stream for new viewers")]
    public TimeSpan GopCacheDuration { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How far a viewer may lag before it skips to the newest key frame.</summary>
    [Description("How far a viewer may lag behind before it skips to the newest key frame")]
    [Range(64 * 1024, 1L << 30)]
    public long ViewerLagBytes { get; init; } = 4 * 1024 * 1024;
}
