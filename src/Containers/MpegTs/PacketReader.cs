namespace Tapedeck.Containers.MpegTs;

/// <summary>Reads transport packets one after the other; where the sync byte is missing, goes on at the next two that stand 188 bytes apart.</summary>
internal sealed class PacketReader(Stream file, long start, long end)
{
    private readonly byte[] _buffer = new byte[512 * TsPacket.Length];
    private long _filePosition = start;
    private int _at;
    private int _count;
    private bool _isSynced;

    /// <summary>File offset of the next packet.</summary>
    public long Position => _filePosition - (_count - _at);

    /// <summary>False at the end; what is left there is less than a packet.</summary>
    public bool TryRead(out TsPacket packet)
    {
        while (true)
        {
            if (_count - _at < 2 * TsPacket.Length)
                Fill();
            var data = _buffer.AsSpan(_at, _count - _at);
            if (data.Length < TsPacket.Length)
            {
                packet = default;
                return false;
            }

            if (data[0] == TsPacket.Sync && (_isSynced || data.Length <= TsPacket.Length || data[TsPacket.Length] == TsPacket.Sync))
            {
                _isSynced = true;
                _at += TsPacket.Length;
                if (TsPacket.TryParse(data, out packet))
                    return true;
                continue;
            }

            _isSynced = false;
            var next = data[1..].IndexOf(TsPacket.Sync);
            _at += next < 0 ? data.Length : 1 + next;
        }
    }

    private void Fill()
    {
        _buffer.AsSpan(_at, _count - _at).CopyTo(_buffer);
        (_at, _count) = (0, _count - _at);
        var wanted = (int)Math.Min(_buffer.Length - _count, end - _filePosition);
        if (wanted <= 0)
            return;
        if (file.Position != _filePosition)
            file.Position = _filePosition;
        var read = file.ReadAtLeast(_buffer.AsSpan(_count, wanted), wanted, throwOnEndOfStream: false);
        _count += read;
        _filePosition += read;
    }
}
