using Tapedeck.Media;

namespace Tapedeck.Containers.MpegTs;

/// <summary>What a splitter found: one access unit in the form of an MP4 sample.</summary>
/// <param name="Times">Its own time stamps, if it has any.</param>
/// <param name="Samples">How long audio lasts, in samples of the track's rate; 0 for video.</param>
/// <param name="IsKey">Sync sample.</param>
internal readonly record struct AccessUnit(PesTimes Times, int Samples, bool IsKey);

/// <summary>Cuts an elementary stream into access units, whatever PES packets it came in.</summary>
internal abstract class Splitter(int maxLength)
{
    protected ElementaryBuffer Buffer { get; } = new(maxLength);

    /// <summary>Takes one access unit; the memory is the splitter's and changes with the next.</summary>
    public Action<Track, AccessUnit, ReadOnlyMemory<byte>>? Found { get; set; }

    /// <summary>The splitter for a stream; null when the codec is none that is read.</summary>
    public static Splitter? For(in ProgramStream stream, int maxLength)
    {
        var pid = stream.Pid;
        return stream.StreamType switch
        {
            0x1B => new NalSplitter(pid, isHevc: false, maxLength),
            0x24 => new NalSplitter(pid, isHevc: true, maxLength),
            0x0F => new AdtsSplitter(pid, maxLength),
            0x03 or 0x04 => new Mp3Splitter(pid, maxLength),
            0x81 => new Ac3Splitter(pid, maxLength),
            0x87 => new Eac3Splitter(pid, maxLength),
            Id3.StreamType when Id3.IsIn(stream) => new Id3Splitter(pid, maxLength),
            0x06 when stream.IsRegistered("Opus"u8) => new OpusSplitter(pid, stream.Find(0x7F), maxLength),
            0x06 when stream.IsRegistered("AV01"u8) => new Av1Splitter(pid, maxLength),
            0x06 when stream.IsRegistered("HEVC"u8) => new NalSplitter(pid, isHevc: true, maxLength),
            0x06 when stream.IsRegistered("AC-3"u8) || !stream.Find(0x6A).IsEmpty => new Ac3Splitter(pid, maxLength),
            0x06 when stream.IsRegistered("EAC3"u8) || !stream.Find(0x7A).IsEmpty => new Eac3Splitter(pid, maxLength),
            _ => null,
        };
    }

    /// <summary>A PES packet begins.</summary>
    public virtual void Begin(in PesTimes times)
    {
        if (times.Pts >= 0)
            Buffer.Mark(times);
    }

    public void Append(ReadOnlySpan<byte> data)
    {
        Buffer.Append(data);
        Split(isEnd: false);
    }

    /// <summary>The stream ends here, after a whole PES packet.</summary>
    public void Flush()
    {
        Split(isEnd: true);
        Drop();
    }

    /// <summary>Bytes are missing from here on: what is not whole is given up.</summary>
    public virtual void Drop() => Buffer.Clear();

    protected abstract void Split(bool isEnd);

    protected void Emit(Track track, in AccessUnit unit, ReadOnlyMemory<byte> payload) => Found?.Invoke(track, unit, payload);
}
