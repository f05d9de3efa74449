using Tapedeck.Engine.Naming;

namespace Tapedeck.Engine.Tests.Naming;

public sealed class VersioningTests
{
    private static readonly NameValues Values = new() { StartTime = new DateTimeOffset(2013, 5, 12, 22, 8, 10, 645, TimeSpan.Zero) };

    [Theory]
    [InlineData(Versioning.NumberNew, "", "cam", "")]
    [InlineData(Versioning.NumberNew, "cam", "cam_1", "")]
    [InlineData(Versioning.NumberNew, "cam cam_1 cam_2", "cam_3", "")]
    [InlineData(Versioning.NumberNew, "cam_1", "cam", "")]
    [InlineData(Versioning.RenameOldFromZero, "", "cam", "")]
    [InlineData(Versioning.RenameOldFromZero, "cam", "cam", "cam>cam_0")]
    [InlineData(Versioning.RenameOldFromZero, "cam cam_0", "cam", "cam>cam_1")]
    [InlineData(Versioning.RenameOldFromOne, "cam", "cam", "cam>cam_1")]
    [InlineData(Versioning.RenameOldFromOne, "cam cam_1", "cam", "cam>cam_2")]
    [InlineData(Versioning.StampNew, "", "cam", "")]
    [InlineData(Versioning.StampNew, "cam", "cam_2013-05-12-22.08.10.645-UTC_0", "")]
    [InlineData(Versioning.StampNew, "cam cam_2013-05-12-22.08.10.645-UTC_0", "cam_2013-05-12-22.08.10.645-UTC_1", "")]
    [InlineData(Versioning.Parts, "", "cam_part0000", "")]
    [InlineData(Versioning.Parts, "cam cam_part0000", "cam_part0001", "")]
    public void Plans(Versioning versioning, string existing, string name, string renames)
    {
        var there = existing.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet();
        var plan = VersionPlanner.Plan(versioning, "cam", there.Contains, Values);
        plan.Name.ShouldBe(name);
        string.Join(' ', plan.Renames.Select(r => $"{r.From}>{r.To}")).ShouldBe(renames);
    }

    [Fact]
    public void A_stamp_without_or_with_a_cut_number_still_ends()
    {
        foreach (var template in new[] { "{baseName}_x", "{baseName}_{sequence,1}" })
        {
            var there = new HashSet<string> { "cam" };
            for (var i = 0; i < 30; i++)
            {
                var name = VersionPlanner.Plan(Versioning.StampNew, "cam", there.Contains, Values, NameTemplate.Parse(template)).Name;
                there.Add(name).ShouldBeTrue();
            }
        }
    }

    [Fact]
    public void A_hundred_thousand_versions_cost_few_looks()
    {
        var looks = 0;
        VersionPlanner.Plan(Versioning.NumberNew, "cam", n =>
        {
            looks++;
            return n == "cam" || int.Parse(n.AsSpan(4), null) <= 100_000;
        }).Name.ShouldBe("cam_100001");
        looks.ShouldBeLessThan(40);
    }

    [Fact]
    public void Carried_out_a_thousand_times_no_plan_ever_loses_a_file()
    {
        var random = new Random(5);
        foreach (var versioning in Enum.GetValues<Versioning>())
        {
            var disk = new Dictionary<string, int>(); // name, content
            for (var i = 0; i < 1000; i++)
            {
                var plan = VersionPlanner.Plan(versioning, random.Next(3) == 0 ? "a" : "b", disk.ContainsKey, Values);
                foreach (var rename in plan.Renames)
                {
                    disk.Remove(rename.From, out var content).ShouldBeTrue();
                    disk.TryAdd(rename.To, content).ShouldBeTrue();
                }

                disk.TryAdd(plan.Name, i).ShouldBeTrue();
            }

            disk.Values.Order().ShouldBe(Enumerable.Range(0, 1000));
        }
    }
}
