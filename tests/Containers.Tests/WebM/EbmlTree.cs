using System.Numerics;

namespace Tapedeck.Containers.Tests.WebM;

/// <summary>A second, plain reading of EBML for the tests: elements one after the other in a range of bytes.</summary>
internal static class EbmlTree
{
    public static IEnumerable<(uint Id, int Offset, int Body, int End)> Walk(byte[] bytes, int from, int to)
    {
        while (from < to)
        {
            var at = from;
            var id = (uint)Number(bytes, ref at, keepMarker: true);
            var size = Number(bytes, ref at, keepMarker: false);
            var end = size == (1L << 56) - 1 ? to : at + (int)size;
            yield return (id, from, at, end);
            from = end;
        }
    }

    /// <summary>The first element on a path of IDs; its body.</summary>
    public static (int Body, int End) Find(byte[] bytes, int from, int to, params uint[] path)
    {
        foreach (var id in path)
        {
            var found = Walk(bytes, from, to).First(element => element.Id == id);
            (from, to) = (found.Body, found.End);
        }

        return (from, to);
    }

    public static long Value(byte[] bytes, int from, int to, params uint[] path)
    {
        var (body, end) = Find(bytes, from, to, path);
        long value = 0;
        for (; body < end; body++)
            value = value << 8 | bytes[body];
        return value;
    }

    private static long Number(byte[] bytes, ref int at, bool keepMarker)
    {
        var length = BitOperations.LeadingZeroCount((uint)bytes[at]) - 23;
        long value = keepMarker ? bytes[at] : bytes[at] & (0xFF >> length);
        at++;
        for (; length > 1; length--)
            value = value << 8 | bytes[at++];
        return value;
    }
}
