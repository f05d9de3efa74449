using Tapedeck.PowerCut;

namespace Tapedeck.Containers.Tests.Repair;

/// <summary>A few of the cuts that <c>tests/PowerCut</c> makes by the thousand.</summary>
public sealed class PowerCutTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_loss_of_power_takes_two_fragments_at_most(int seed)
    {
        var outcomes = Campaign.Run(100, seed);
        outcomes.Where(outcome => outcome.Problem is not null).ShouldBeEmpty();
        // A medium that kept everything would prove nothing.
        outcomes.ShouldContain(outcome => outcome.Lost > 0);
    }

    [Fact]
    public void A_medium_forgets_what_was_not_synced()
    {
        var plan = new DiskPlan();
        plan.Write(0).Add(new byte[10_000].Select(_ => (byte)1).ToArray());
        plan.Sync();
        plan.Write(10_000).Add(new byte[50_000].Select(_ => (byte)2).ToArray());
        var states = new HashSet<int>();
        for (var seed = 0; seed < 50; seed++)
        {
            var file = new VolatileFile();
            foreach (var operation in plan.Operations)
                file.Apply(operation);
            var left = file.Cut(new Random(seed));
            left.Length.ShouldBeInRange(10_000, 60_000);
            left[..10_000].ShouldAllBe(value => value == 1);
            states.Add(left.Count(value => value == 2));
        }

        states.Count.ShouldBeGreaterThan(20);
    }
}
