namespace Tapedeck.Containers.Mp4;

/// <summary>
/// The sample tables of one track in their final form:
/// <code>
/// stts  (count, duration)..          run length
/// ctts  (count, offset)..            run length; absent when all are 0
/// stss  sample number..              absent when every sample is a key frame
/// stsc  (first chunk, samples, 1)..  run length
/// stsz  size..                       4 bytes a sample: the only table that must grow with every frame
/// stco  offset..                     one chunk a fragment; becomes co64 at the first offset beyond 32 bits
/// </code>
/// </summary>
internal sealed class SampleTables(int constantSize) : IDisposable
{
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

    /// <summary>Samples so far.</summary>
    public uint Samples { get; private set; }

    /// <summary>Samples of a constant size: G.711, where a sample is one byte a channel.</summary>
    public void AddConstant(uint count)
    {
        Samples += count;
        _offsets.Add(0, count);
    }

    public void AddSample(uint size, int offset, bool isKey)
    {
        Samples++;
        _sizes.U32(size);
        _offsets.Add((uint)offset);
        _hasNegativeOffset |= offset < 0;
        if (isKey)
            _keys.U32(Samples);
    }

    /// <summary>A sample's duration is known when the next one comes, so it is added later than the sample.</summary>
    public void AddDuration(uint duration, uint count = 1) => _durations.Add(duration, count);

    /// <summary>The last samples lie one after the other from here.</summary>
    public void AddChunk(long offset, uint samples)
    {
        _chunkCount++;
        if (samples != _samplesPerChunk)
        {
            _samplesPerChunk = samples;
            _chunks.U32(_chunkCount);
            _chunks.U32(samples);
            _chunks.U32(1);
        }

        if (!_isWide && offset > uint.MaxValue)
            Widen();
        if (_isWide)
            _chunkOffsets.U64((ulong)offset);
        else
            _chunkOffsets.U32((uint)offset);
    }

    /// <summary>stts to co64, without stsd.</summary>
    public void WriteTo(BoxBuilder box, bool isVideo)
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
        box.U32((uint)constantSize);
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
