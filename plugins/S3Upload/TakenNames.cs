using System.Collections.Concurrent;

namespace Tapedeck.S3Upload;

/// <summary>
/// Names that uploads of this process are about to fill: between the look and the put nobody else of us may choose them. Every module has code of its own, so what they
/// share hangs at the process, and is of types that all share.
/// </summary>
internal static class TakenNames
{
    private const string Slot = "Tapedeck.S3Upload.TakenNames";

    private static readonly ConcurrentDictionary<string, Guid> Names = Shared();

    /// <summary>Whether another step has it now.</summary>
    public static bool IsTaken(string name, Guid step) => Names.TryGetValue(name, out var owner) && owner != step;

    /// <summary>Takes it for a step; false when another has it.</summary>
    public static bool TryTake(string name, Guid step) => Names.GetOrAdd(name, step) == step;

    public static void Release(string name, Guid step) => Names.TryRemove(new(name, step));

    private static ConcurrentDictionary<string, Guid> Shared()
    {
        // The lock is one for all, too.
        lock (typeof(AppDomain))
        {
            if (AppDomain.CurrentDomain.GetData(Slot) is not ConcurrentDictionary<string, Guid> names)
                AppDomain.CurrentDomain.SetData(Slot, names = new(StringComparer.Ordinal));
            return names;
        }
    }
}
