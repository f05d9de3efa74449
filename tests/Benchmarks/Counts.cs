using Tapedeck.Containers;

namespace Tapedeck.Benchmarks;

/// <summary>What plans ask of a disk. Nothing is written.</summary>
internal sealed class Counts
{
    public long Writes { get; private set; }

    public long MostWrites { get; private set; }

    public long Bytes { get; private set; }

    public void Take(DiskPlan plan)
    {
        var writes = 0;
        // An enumerator of the interface would be allocated, and counted.
        for (var i = 0; i < plan.Operations.Count; i++)
        {
            var operation = plan.Operations[i];
            if (operation.Kind != DiskOperationKind.Write)
                continue;
            writes++;
            Bytes += operation.Length;
        }

        Writes += writes;
        MostWrites = Math.Max(MostWrites, writes);
    }
}
