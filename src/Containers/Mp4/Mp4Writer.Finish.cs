using System.Buffers.Binary;

namespace Tapedeck.Containers.Mp4;

/// <summary>
/// The end of a file. Index at the tail: it is appended inside of a free box, then 16 bytes at the placeholder cover all before it, the header of
/// that free box included. Index at the front, where R bytes were reserved:
/// <code>
/// recording              staged                                  finished
///   ftyp                   ftyp                                    ftyp
///   free (R)               free (R)                                free (8)
///                            moov: full tables                     moov
///                            free: what is left                    free
///                            header of mdat, to the end            mdat: old header, all fragments
///   moov  mvex             moov  mvex
///   moof mdat..            moof mdat..
/// </code>
/// where the last step writes the 4 bytes of one size.
/// </summary>
public sealed partial class Mp4Writer
{
    private const long CompatLimit = uint.MaxValue;

    /// <summary>What may still come until the engine finds a key frame to end the file at.</summary>
    private const long CompatByteMargin = 64 << 20;
    private const long CompatSecondsMargin = 120;

    /// <summary>
    /// True when the next file should be started at the next key frame: the index has reached its limit, or, for readers of 32 bits, the file comes
    /// near 4 GiB or 2^32 ticks.
    /// </summary>
    public bool MustEnd
    {
        get
        {
            var index = IndexLength;
            if (index >= _options.MaxIndexBytes)
                return true;
            if (!_options.WinQtCompat)
                return false;
            var bytes = Length + index + CompatByteMargin;
            foreach (var track in _tracks)
            {
                bytes += track.PendingBytes;
                var pending = track.PendingCount > 0 ? track.PendingSpan.End - track.PendingSpan.Start : 0;
                if (track.MediaDuration + pending + CompatSecondsMargin * track.Timescale > CompatLimit)
                    return true;
            }

            return bytes > CompatLimit;
        }
    }

    /// <summary>Bytes of the tables so far, headers aside.</summary>
    private long IndexLength
    {
        get
        {
            var length = _fragments.Length;
            foreach (var track in _tracks)
                length += track.Tables.Length;
            return length;
        }
    }

    private long CoverAt => _older?.CoverAt ?? PlaceholderOffset;

    /// <inheritdoc/>
    public void Finish(DiskPlan plan)
    {
        if (_finished)
            return;
        CutFragment(plan, []);
        _finished = true;
        if (!_headerOut)
            return;
        foreach (var track in _tracks)
            track.Finish();
        if (_options.Fragmented)
        {
            EndFragments(plan);
            return;
        }

        _box.Clear();
        if (_older is { } older)
            older.Template.WriteFinal(_box, _tracks);
        else
            MovieBox.WriteFinal(_box, _tracks, _options);
        if (!TryIndexAtFront(plan))
            IndexAtTail(plan);
    }

    private void IndexAtTail(DiskPlan plan)
    {
        // One box, free, whose body is the complete moov.
        var size = checked((uint)(_box.Length + 8));
        var write = plan.Write(Length);
        write.Add(Header(plan, size, FourCc.Free));
        _box.AddTo(plan, write);
        plan.Sync();
        Cover(plan, CoverAt, Length + 8, _reserved > 0);
        Length += size;
    }

    /// <summary>The placeholder becomes an mdat that also swallows the header of that free box: the moov comes to light.</summary>
    internal static void Cover(DiskPlan plan, long at, long end, bool hasRoom)
    {
        var covered = end - at;
        var flip = plan.Scratch(hasRoom || covered > uint.MaxValue ? 16 : 8);
        flip.Span.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(flip.Span, covered > uint.MaxValue ? 1 : (uint)covered);
        BinaryPrimitives.WriteUInt32BigEndian(flip.Span[4..], FourCc.Mdat);
        if (covered > uint.MaxValue)
            BinaryPrimitives.WriteInt64BigEndian(flip.Span[8..], covered);
        plan.Write(at).Add(flip);
        plan.Sync();
    }

    private bool TryIndexAtFront(DiskPlan plan)
    {
        var mediaAt = CoverAt + _reserved;
        var headerLength = Length - mediaAt + 8 > uint.MaxValue ? 16 : 8;
        var left = _reserved - 8 - headerLength - _box.Length;
        if (left is < 0 or (> 0 and < 8))
            return false;
        var write = plan.Write(CoverAt + 8);
        _box.AddTo(plan, write);
        if (left > 0)
            write.Add(Header(plan, (uint)left, FourCc.Free));
        var size = Length - mediaAt + headerLength;
        var media = Header(plan, headerLength == 16 ? 1 : (uint)size, FourCc.Mdat);
        var header = plan.Write(mediaAt - headerLength);
        header.Add(media);
        if (headerLength == 16)
        {
            var wide = plan.Scratch(8);
            BinaryPrimitives.WriteInt64BigEndian(wide.Span, size);
            header.Add(wide);
        }

        plan.Sync();
        plan.Write(CoverAt).Add(Header(plan, 8, FourCc.Free)[..4]);
        plan.Sync();
        return true;
    }

    /// <summary>
    /// What the tables of the expected duration will take if all goes on as in the first fragment: 4 bytes a sample, 8 for a picture's duration (times in
    /// milliseconds seldom repeat), 8 for its offset where there are any, some for chunks and key frames; a tenth to spare.
    /// </summary>
    private long ReservedBytes()
    {
        const long Smallest = 64, Largest = 1 << 30, Headers = 8192;
        if (_options.ReservedIndexBytes > 0)
            return Math.Clamp(_options.ReservedIndexBytes, Smallest, Largest);
        double bytes = Headers;
        foreach (var track in _tracks)
        {
            var (start, end) = track.PendingSpan;
            var perSecond = track.PendingCount / Math.Max(0.1, (end - start) / (double)track.Timescale);
            var hasOffsets = false;
            foreach (ref readonly var sample in track.Pending)
                hasOffsets |= sample.Offset != 0;
            var perSample = track.SampleSize > 0 ? 0 : track.IsVideo ? hasOffsets ? 20 : 12 : 4;
            bytes += (perSecond * perSample + 16) * Math.Max(0, _options.ExpectedDuration.TotalSeconds) * 1.1;
        }

        return (long)Math.Clamp(bytes, Smallest, Largest);
    }

    private void EndFragments(DiskPlan plan)
    {
        PatchDuration(plan, TimeSpan.Zero);
        if (_tracks.Count == 0)
            return;
        _box.Clear();
        if (Length % 512 > 504)
        {
            _box.Begin(FourCc.Free);
            _box.End();
        }

        // Padding until it is whole, like a fragment.
        var at = Length + _box.Position;
        var typeAt = _box.Position + 4;
        _fragments.Write(_box, _tracks[0].Id);
        _box.Patch(typeAt, FourCc.Free);
        _box.AddTo(plan, plan.Write(Length));
        plan.Sync();
        var type = Header(plan, 0, FourCc.Mfra)[4..];
        plan.Write(at + 4).Add(type);
        plan.Sync();
        Length += _box.Length;
    }
}
