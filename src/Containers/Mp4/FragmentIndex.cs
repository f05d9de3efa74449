using System.Buffers.Binary;

namespace Tapedeck.Containers.Mp4;

/// <summary>
/// Where the fragments are that begin with a key frame of the first track:
/// <code>
/// mfra
///   tfra  version 1: track, lengths of the three numbers (4 bytes each), entries: time, offset of moof, 1, 1, 1
///   mfro  size of mfra, so that it is found from the end of the file
/// </code>
/// </summary>
internal sealed class FragmentIndex : IDisposable
{
    private readonly IndexTable _entries = new();
    private uint _count;

    public long Length => _entries.Length;

    /// <summary>Called before the pending samples are committed.</summary>
    public void Add(IReadOnlyList<WriterTrack> tracks, long offset)
    {
        var first = tracks[0];
        if (first.PendingCount == 0 || !first.Pending[0].IsKey)
            return;
        _entries.U64((ulong)(first.Pending[0].Time + first.TimeBase));
        _entries.U64((ulong)offset);
        for (var i = 0; i < 3; i++)
            _entries.U32(1);
        _count++;
    }

    public void Write(BoxBuilder box, uint track)
    {
        var start = box.Length;
        box.Begin(FourCc.Mfra);
        box.Begin(FourCc.Tfra, 1, 0);
        box.U32(track);
        box.U32(0x3F);
        box.U32(_count);
        box.Splice(_entries);
        box.End();
        box.Begin(FourCc.Mfro, 0, 0);
        box.U32((uint)(box.Length - start) + 4);
        box.End();
        box.End();
    }

    /// <summary>True when the file's last box is mfra: its maker finished it, and meant it to stay in fragments.</summary>
    public static bool EndsFile(BoxFile file)
    {
        Span<byte> end = stackalloc byte[16];
        if (file.Length < end.Length)
            return false;
        file.Read(file.Length - end.Length, end);
        var size = BinaryPrimitives.ReadUInt32BigEndian(end[12..]);
        return BinaryPrimitives.ReadUInt32BigEndian(end[4..]) == FourCc.Mfro
            && file.TryReadHeader(file.Length - size, out var box) && box.Type == FourCc.Mfra && box.End == file.Length;
    }

    public void Dispose() => _entries.Dispose();
}
