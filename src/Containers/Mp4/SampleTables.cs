namespace Tapedeck.Containers.Mp4;

/// <summary>
/// The sample tables of one track in their final form:
/// <code>
/// stts  (count, duration)..          run length
/// ctts  (count, offset)..            run length; absent when all are 0
/// stss  sample number..              absent when every sample is a key frame
/// stsc  (first chunk, samples, 1)..  run length
/// stsz  size..                       4 bytes a sample once two sizes differ: the only table that must grow with every frame
/// stco  offset..                     one chunk a fragment; becomes co64 at the first offset beyond 32 bits
/// </code>
/// </summary>
internal sealed class SampleTables(int constantSize, bool isVideo) : IDisposable
{
    /// <summary>Sizes all alike are not written out before one differs; nobody has a gigabyte of samples that are.</summary>
    private const uint MaxUnfolded = 1u << 28;
    private readonly RunTable _durations = new();
    private readonly RunTable _offsets = new();
    private readonly IndexTable _sizes = new();
    private readonly IndexTable _keys = new();
    private readonly IndexTable _chunks = new();
    private IndexTable _chunkOffsets = new();
    private bool _isWide;
    private bool _hasNegativeOffset;
    private uint _chunkCount;
    private uint _samplesPerChunk;
    private uint _chunkEntry;
    private uint _uniform = (uint)constantSize;

    /// <summary>Samples so far.</summary>
    public uint Samples { get; private set; }

    /// <summary>Bytes of all tables.</summary>
    public long Length => _sizes.Length + _keys.Length + _chunks.Length + _chunkOffsets.Length + (_durations.Entries + (long)_offsets.Entries) * 8;

    /// <summary>Samples of a constant size: G.711, where a sample is one byte a channel.</summary>
    public void AddConstant(uint count)
    {
        Samples += count;
        _offsets.Add(0, count);
    }

    /// <summary>Samples of one size and one offset, as older files may have them by the million.</summary>
    public void AddRun(uint size, int offset, bool isKey, uint count)
    {
        if (count > 0)
            AddSample(size, offset, isKey);
        if (_uniform == size && size != 0 && !(isKey && isVideo))
        {
            Samples += count - 1;
            _offsets.Add((uint)offset, count - 1);
            return;
        }

        for (uint i = 1; i < count; i++)
            AddSample(size, offset, isKey);
    }

    public void AddSample(uint size, int offset, bool isKey)
    {
        if (Samples == 0)
            _uniform = size;
        else if (size != _uniform && _uniform != 0)
            Unfold();
        Samples++;
        if (_uniform == 0)
            _sizes.U32(size);
        _offsets.Add((uint)offset);
        _hasNegativeOffset |= offset < 0;
        if (isKey && isVideo)
            _keys.U32(Samples);
    }

    /// <summary>A sample's duration is known when the next one comes, so it is added later than the sample.</summary>
    public void AddDuration(uint duration, uint count = 1) => _durations.Add(duration, count);

    /// <summary>The last samples lie one after the other from here, and are described by this entry of stsd.</summary>
    public void AddChunk(long offset, uint samples, uint entry = 1)
    {
        _chunkCount++;
        if (samples != _samplesPerChunk || entry != _chunkEntry)
        {
            _samplesPerChunk = samples;
            _chunkEntry = entry;
            _chunks.U32(_chunkCount);
            _chunks.U32(samples);
            _chunks.U32(entry);
        }

        if (!_isWide && offset > uint.MaxValue)
            Widen();
        if (_isWide)
            _chunkOffsets.U64((ulong)offset);
        else
            _chunkOffsets.U32((uint)offset);
    }

    /// <summary>stts to co64, without stsd.</summary>
    public void WriteTo(BoxBuilder box)
    {
        box.Begin(FourCc.Stts, 0, 0);
        _durations.WriteTo(box);
        box.End();
        if (!_offsets.IsZero)
        {
            box.Begin(FourCc.Ctts, _hasNegativeOffset ? 1 : 0, 0);
            _offsets.WriteTo(box);
            box.End();
        }

        var keys = (uint)(_keys.Length / 4);
        if (isVideo && keys != Samples)
        {
            box.Begin(FourCc.Stss, 0, 0);
            box.U32(keys);
            box.Splice(_keys);
            box.End();
        }

        box.Begin(FourCc.Stsc, 0, 0);
        box.U32((uint)(_chunks.Length / 12));
        box.Splice(_chunks);
        box.End();
        box.Begin(FourCc.Stsz, 0, 0);
        box.U32(_uniform);
        box.U32(Samples);
        box.Splice(_sizes);
        box.End();
        box.Begin(_isWide ? FourCc.Co64 : FourCc.Stco, 0, 0);
        box.U32(_chunkCount);
        box.Splice(_chunkOffsets);
        box.End();
    }

    public void Dispose()
    {
        _durations.Dispose();
        _offsets.Dispose();
        _sizes.Dispose();
        _keys.Dispose();
        _chunks.Dispose();
        _chunkOffsets.Dispose();
    }

    /// <summary>A size differs for the first time: from now on each has its entry. Size 0 alone has no uniform form.</summary>
    private void Unfold()
    {
        if (Samples > MaxUnfolded)
            throw new ContainerFormatException($"{Samples} samples of {_uniform} bytes are followed by one of another size.");
        for (uint i = 0; i < Samples; i++)
            _sizes.U32(_uniform);
        _uniform = 0;
    }

    private void Widen()
    {
        var wide = new IndexTable();
        for (long at = 0; at < _chunkOffsets.Length; at += 4)
            wide.U64(_chunkOffsets.At(at));
        _chunkOffsets.Dispose();
        _chunkOffsets = wide;
        _isWide = true;
    }
}
