using Tapedeck.Engine.Streams;

namespace Tapedeck.Engine.Tests.Streams;

public sealed class SlabPoolTests
{
    [Theory]
    [InlineData(1, SlabPool.SlabBytes)]
    [InlineData(SlabPool.SlabBytes, SlabPool.SlabBytes)]
    [InlineData(SlabPool.SlabBytes + 1, SlabPool.SlabBytes * 2)]
    [InlineData(3_000_000, 4 * 1024 * 1024)]
    [InlineData(40_000_000, 64 * 1024 * 1024)]
    public void Sizes_are_powers_of_two_from_one_slab_up(int length, int expected)
    {
        var pool = new SlabPool();
        var array = pool.Rent(length);
        array.Length.ShouldBe(expected);
        pool.LentBytes.ShouldBe(expected);
        pool.Return(array);
        pool.LentBytes.ShouldBe(0);
    }

    [Fact]
    public void A_returned_array_is_lent_again()
    {
        var pool = new SlabPool();
        var array = pool.Rent(10);
        pool.Return(array);
        pool.Rent(20).ShouldBeSameAs(array);
    }

    [Fact]
    public void An_array_is_lent_to_one_at_a_time()
    {
        var pool = new SlabPool();
        pool.Return(pool.Rent(1));
        pool.Rent(1).ShouldNotBeSameAs(pool.Rent(1));
    }

    [Fact]
    public void What_exceeds_the_idle_limit_is_let_go()
    {
        var pool = new SlabPool(maximumIdleBytes: SlabPool.SlabBytes);
        var first = pool.Rent(1);
        var second = pool.Rent(1);
        pool.Return(first);
        pool.Return(second);
        pool.Rent(1).ShouldBeSameAs(first);
        pool.Rent(1).ShouldNotBeSameAs(second);
    }

    [Fact]
    public void Arrays_do_not_move()
    {
        var array = new SlabPool().Rent(1);
        GC.GetGeneration(array).ShouldBe(GC.MaxGeneration); // the pinned heap reports the oldest generation
    }

    [Fact]
    public void Renting_what_is_idle_allocates_nothing()
    {
        var pool = new SlabPool();
        for (var i = 0; i < 100; i++)
            pool.Return(pool.Rent(1));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            pool.Return(pool.Rent(1));
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(10_000);
    }
}
