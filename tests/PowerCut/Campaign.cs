namespace Tapedeck.PowerCut;

/// <summary>Many cuts, one after the other over all containers; the seed of each is told, so that any can be seen again alone.</summary>
internal static class Campaign
{
    public static List<Outcome> Run(int cuts, int seed)
    {
        var outcomes = new List<Outcome>(cuts);
        for (var i = 0; i < cuts; i++)
        {
            var own = unchecked(seed * 1_000_003 + i);
            outcomes.Add(Cut.Run(Cut.Containers[i % Cut.Containers.Count], own) with { Seed = own });
        }

        return outcomes;
    }
}
