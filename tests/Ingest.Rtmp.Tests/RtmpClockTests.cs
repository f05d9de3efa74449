namespace Tapedeck.Ingest.Rtmp.Tests;

public sealed class RtmpClockTests
{
    [Theory]
    [InlineData("starts anywhere", new[] { 5_000u }, new[] { 5_000L })]
    [InlineData("starts behind half of the range", new[] { 4_000_000_000u, 4_000_000_040u }, new[] { 4_000_000_000L, 4_000_000_040L })]
    [InlineData("wraps after 49.7 days", new[] { 4_294_967_290u, 4u, 44u }, new[] { 4_294_967_290L, 4_294_967_300L, 4_294_967_340L })]
    [InlineData("goes back over the wrap", new[] { 4_294_967_290u, 4u, 4_294_967_295u, 5u }, new[] { 4_294_967_290L, 4_294_967_300L, 4_294_967_295L, 4_294_967_301L })]
    [InlineData("goes back and forth between audio and video", new[] { 100u, 90u, 140u, 113u }, new[] { 100L, 90L, 140L, 113L })]
    [InlineData("starts again at 0", new[] { 3_600_000u, 0u, 40u }, new[] { 3_600_000L, 0L, 40L })]
    [InlineData("passes the sign bit", new[] { 2_147_483_647u, 2_147_483_648u, 2_147_483_690u }, new[] { 2_147_483_647L, 2_147_483_648L, 2_147_483_690L })]
    public void Unwraps(string what, uint[] sent, long[] expected)
    {
        var clock = new RtmpClock();
        sent.Select(t => clock.Unwrap(t)).ShouldBe(expected, what);
    }

    [Fact]
    public void Keeps_on_through_several_wraps()
    {
        var clock = new RtmpClock();
        const uint Day = 86_400_000;
        for (long day = 0; day < 200; day++)
            clock.Unwrap((uint)(day * Day)).ShouldBe(day * Day);
    }
}
