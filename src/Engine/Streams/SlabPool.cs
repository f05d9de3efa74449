using System.Collections.Concurrent;
using System.Numerics;

namespace Tapedeck.Engine.Streams;

/// <summary>
/// Memory that logs lend to publishers. Arrays come in powers of two from <see cref="SlabBytes"/> up and live in the pinned heap, so that
/// sockets and gather writes never move them. Safe for use by any thread.
/// </summary>
public sealed class SlabPool(long maximumIdleBytes = 128 * 1024 * 1024)
{
    /// <summary>Size of an ordinary slab in bytes; a packet that is larger gets a slab of its own.</summary>
    public const int SlabBytes = 128 * 1024;

    private const int Classes = 9; // 128 KiB to 32 MiB

    private readonly ConcurrentQueue<byte[]>[] _idle = CreateQueues();
    private long _idleBytes;
    private long _lentBytes;

    /// <summary>Bytes in use by logs now.</summary>
    public long LentBytes => Volatile.Read(ref _lentBytes);

    /// <summary>An array of at least <paramref name="length"/> bytes; its content is undefined.</summary>
    public byte[] Rent(int length)
    {
        var size = SizeFor(length);
        Interlocked.Add(ref _lentBytes, size);
        if (ClassOf(size) is >= 0 and var index && _idle[index].TryDequeue(out var array))
        {
            Interlocked.Add(ref _idleBytes, -size);
            return array;
        }

        return GC.AllocateUninitializedArray<byte>(size, pinned: true);
    }

    /// <summary>Counts an array out that somebody may still write to; the garbage collector takes it when nobody does.</summary>
    public void Drop(byte[] array) => Interlocked.Add(ref _lentBytes, -array.Length);

    /// <summary>Takes an array back; the caller must not touch it any more.</summary>
    public void Return(byte[] array)
    {
        Interlocked.Add(ref _lentBytes, -array.Length);
        if (ClassOf(array.Length) is not (>= 0 and var index))
            return;
        if (Interlocked.Add(ref _idleBytes, array.Length) > maximumIdleBytes)
        {
            Interlocked.Add(ref _idleBytes, -array.Length);
            return; // the garbage collector has it
        }

        _idle[index].Enqueue(array);
    }

    private static int SizeFor(int length) =>
        length <= SlabBytes ? SlabBytes : checked((int)BitOperations.RoundUpToPowerOf2((uint)length));

    private static int ClassOf(int size)
    {
        var index = BitOperations.Log2((uint)size) - BitOperations.Log2(SlabBytes);
        return index < Classes ? index : -1;
    }

    private static ConcurrentQueue<byte[]>[] CreateQueues()
    {
        var queues = new ConcurrentQueue<byte[]>[Classes];
        for (var i = 0; i < Classes; i++)
            queues[i] = new ConcurrentQueue<byte[]>();
        return queues;
    }
}
