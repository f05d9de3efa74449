namespace Tapedeck.Containers.MpegTs;

/// <summary>Streams in which every unit begins with 00 00 01: finds the units, each once it is whole.</summary>
internal abstract class StartCodeSplitter(int maxLength) : Splitter(maxLength)
{
    private readonly int _maxLength = maxLength;
    private byte[] _sample = new byte[4096];
    private int _searched;
    private bool _inUnit;

    /// <summary>Bytes of the access unit being collected.</summary>
    protected int SampleLength { get; private set; }

    protected ReadOnlyMemory<byte> Sample => _sample.AsMemory(0, SampleLength);

    public override void Drop()
    {
        base.Drop();
        SampleLength = 0;
        _searched = 0;
        _inUnit = false;
    }

    protected override void Split(bool isEnd)
    {
        // While a unit is open, the buffer begins with its start code.
        while (true)
        {
            var data = Buffer.Span;
            var from = Math.Max(_searched, _inUnit ? 3 : 0);
            var found = from < data.Length ? data[from..].IndexOf([(byte)0, (byte)0, (byte)1]) : -1;
            if (found < 0)
            {
                _searched = Math.Max(0, data.Length - 2);
                break;
            }

            found += from;
            if (_inUnit)
                Unit(data[3..found], Buffer.Position);
            Buffer.Consume(found);
            _inUnit = true;
            _searched = 0;
        }

        if (isEnd)
        {
            if (_inUnit && Buffer.Span.Length > 3)
                Unit(Buffer.Span[3..], Buffer.Position);
            End();
        }
    }

    /// <summary>A whole unit, zeros after it included.</summary>
    /// <param name="unit">Without start code.</param>
    /// <param name="position">Of the start code in the stream.</param>
    protected abstract void Unit(ReadOnlySpan<byte> unit, long position);

    /// <summary>Nothing follows.</summary>
    protected abstract void End();

    /// <summary>Room for so many more bytes of the sample.</summary>
    protected Span<byte> Extend(int count)
    {
        if (SampleLength + (long)count > _maxLength)
            throw new ContainerFormatException($"An access unit is longer than {_maxLength} bytes.");
        if (SampleLength + count > _sample.Length)
            Array.Resize(ref _sample, Math.Max(_sample.Length * 2, SampleLength + count));
        SampleLength += count;
        return _sample.AsSpan(SampleLength - count, count);
    }

    protected void Shrink(int length) => SampleLength = length;
}
