using Tapedeck.Engine.Streams;
using Tapedeck.Streams;

namespace Tapedeck.Engine.Tests.Streams;

public sealed class StreamRegistryTests
{
    private readonly StreamRegistry _registry = new("live", "_definst_", new SlabPool(), new StreamOptions(), new FakeTimeProvider());

    [Fact]
    public void A_name_is_held_by_one_publisher()
    {
        _registry.TryPublish("cam", new FakeClient()).ShouldNotBeNull();
        _registry.TryPublish("cam", new FakeClient()).ShouldBeNull();
        _registry.TryPublish("Cam", new FakeClient()).ShouldNotBeNull(); // names differ by case
    }

    [Fact]
    public void A_live_stream_is_found_with_its_facts()
    {
        var connection = new FakeClient();
        var publisher = _registry.TryPublish("cam", connection)!;
        var found = _registry.Find("cam")!;
        found.ShouldBeSameAs(publisher.Stream);
        found.Publisher.ShouldBeSameAs(connection);
        found.StartedAt.ShouldBe(new FakeTimeProvider().GetUtcNow());
        found.ToString().ShouldBe("live/_definst_/cam");
        _registry.Streams.ShouldBe([found]);
        _registry.Find("other").ShouldBeNull();
    }

    [Fact]
    public void The_name_is_free_again_when_the_end_is_told()
    {
        var publisher = _registry.TryPublish("cam", new FakeClient())!;
        StreamEndReason? told = null;
        IStreamPublisher? successor = null;
        _registry.Ended += (_, reason) =>
        {
            told = reason;
            successor = _registry.TryPublish("cam", new FakeClient());
        };
        publisher.End(StreamEndReason.Disconnected);
        told.ShouldBe(StreamEndReason.Disconnected);
        successor.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_second_end_does_not_touch_the_successor()
    {
        var publisher = _registry.TryPublish("cam", new FakeClient())!;
        var ends = 0;
        _registry.Ended += (_, _) => ends++;
        publisher.End(StreamEndReason.Disconnected);
        var successor = _registry.TryPublish("cam", new FakeClient())!;
        publisher.End(StreamEndReason.Idle);
        ends.ShouldBe(1);
        _registry.Find("cam").ShouldBeSameAs(successor.Stream);
        (await publisher.Stream.Ended).ShouldBe(StreamEndReason.Disconnected);
    }

    [Fact]
    public void Of_many_that_publish_one_name_at_once_one_wins()
    {
        for (var round = 0; round < 200; round++)
        {
            var winners = 0;
            IStreamPublisher? winner = null;
            Parallel.For(0, 8, _ =>
            {
                if (_registry.TryPublish("race", new FakeClient()) is not { } publisher)
                    return;
                Interlocked.Increment(ref winners);
                winner = publisher;
            });
            winners.ShouldBe(1);
            winner!.End(StreamEndReason.Unpublished);
            _registry.Streams.ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task Whoever_waits_for_the_end_finds_the_name_free()
    {
        var registry = new StreamRegistry("live", "_definst_", new SlabPool(), new StreamOptions(), new FakeTimeProvider());
        var first = registry.TryPublish("cam", new FakeClient())!;
        var second = first.Stream.Ended.ContinueWith(
            _ => registry.TryPublish("cam", new FakeClient()), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        first.End(StreamEndReason.Unpublished);
        (await second).ShouldNotBeNull();
    }
}
