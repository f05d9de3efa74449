using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Tapedeck.Engine.Tests;

/// <summary>Payloads that know which frame they belong to: the number first, then words that follow from the number and their place.</summary>
internal static class Pattern
{
    public const int MinimumLength = 8;

    public static void Fill(Span<byte> payload, long number)
    {
        BinaryPrimitives.WriteInt64LittleEndian(payload, number);
        var words = MemoryMarshal.Cast<byte, ulong>(payload[8..]);
        for (var i = 0; i < words.Length; i++)
            words[i] = Word(number, i);
        payload[(8 + (words.Length * 8))..].Fill((byte)number);
    }

    public static long Number(ReadOnlySpan<byte> payload) => BinaryPrimitives.ReadInt64LittleEndian(payload);

    /// <summary>Whether every byte is the one that was written for this frame.</summary>
    public static bool Holds(ReadOnlySpan<byte> payload, long number)
    {
        if (Number(payload) != number)
            return false;
        var words = MemoryMarshal.Cast<byte, ulong>(payload[8..]);
        for (var i = 0; i < words.Length; i++)
        {
            if (words[i] != Word(number, i))
                return false;
        }

        return payload[(8 + (words.Length * 8))..].IndexOfAnyExcept((byte)number) < 0;
    }

    private static ulong Word(long number, int i) => ((ulong)number * 0x9E3779B97F4A7C15UL) ^ ((ulong)i * 0xBF58476D1CE4E5B9UL);
}
