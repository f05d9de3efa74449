namespace Tapedeck.LoadBench.Tests;

public sealed class PaceTests
{
    [Fact]
    public void One_of_a_hundred_may_be_late()
    {
        var pace = new Pace();
        for (var i = 0; i < 99; i++)
            pace.Note(3);
        pace.Note(5000);
        Pace.P99([pace]).ShouldBe(3);
        pace.Note(700);
        Pace.P99([pace]).ShouldBe(700);
        pace.Reset();
        pace.Note(-2);
        Pace.P99([pace]).ShouldBe(0);
    }

    [Fact]
    public void Order_statistics()
    {
        Order.Median([3, 1, 2]).ShouldBe(2);
        Order.Median([4, 1, 2, 3]).ShouldBe(2.5);
        Order.Median([]).ShouldBe(double.NaN);
        Order.Percentile([1, 2, 3, 4], 50).ShouldBe(2);
        Order.Percentile([1, 2, 3, 4], 99).ShouldBe(4);
    }
}
