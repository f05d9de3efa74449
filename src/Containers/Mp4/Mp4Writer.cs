using System.Buffers.Binary;
using Tapedeck.Media;

namespace Tapedeck.Containers.Mp4;

/// <summary>
/// Writes MP4 files that are playable after every fragment and become ordinary ones by a single write of 16 bytes:
/// <code>
/// recording                                  finished
///   0  ftyp (36)                               ftyp
///  36  free (16)   placeholder                 mdat: everything up to the last moov, old headers included
///  52  moov        tracks, mvex
///      moof mdat   a fragment
///      free[..]    a fragment being written
///                                              moov: full tables
/// </code>
/// A fragment is written with its first 8 bytes saying <c>free</c>: until 8 more bytes turn it into a moof, it is padding to every reader. All
/// later changes are 8 or 16 bytes inside one 512-byte sector, which disks write whole or not at all.
/// Owner: one task. <see cref="Dispose"/> gives index memory back and may be called once the last plan was carried out.
/// </summary>
public sealed class Mp4Writer : IContainerWriter, IDisposable
{
    internal const int PlaceholderOffset = 36;
    internal const int HeaderOffset = 52;
    private readonly Mp4WriterOptions _options;
    private readonly List<WriterTrack> _tracks = [];
    private readonly BoxBuilder _box = new();
    private bool _headerOut;
    private bool _mustResume;
    private bool _finished;
    private uint _sequence;
    private long _durationOffset;
    private long _patchedDuration;

    /// <summary>A new file.</summary>
    public Mp4Writer(Mp4WriterOptions? options = null) => _options = options ?? new Mp4WriterOptions();

    /// <summary>An old file, read by <see cref="Mp4Continuation"/>.</summary>
    internal Mp4Writer(Mp4WriterOptions options, IEnumerable<WriterTrack> tracks, uint sequence, long durationOffset, long length)
        : this(options)
    {
        _tracks.AddRange(tracks);
        _headerOut = _mustResume = true;
        _sequence = sequence;
        _durationOffset = durationOffset;
        Length = length;
        _patchedDuration = MovieBox.Duration(_tracks);
    }

    /// <inheritdoc/>
    public long Length { get; private set; }

    /// <inheritdoc/>
    public TimeSpan Duration
    {
        get
        {
            var ticks = _headerOut ? MovieBox.Duration(_tracks) : 0;
            var (zero, timescale) = EarliestPending();
            if (timescale != 0)
            {
                // What is pending after the header reaches from the end written so far.
                long span = 0;
                foreach (var track in _tracks)
                {
                    if (track.PendingCount > 0)
                        span = Math.Max(span, MovieBox.Ticks(track.PendingSpan.End, track.Timescale, zero, timescale));
                }

                ticks += span;
            }

            return new TimeSpan((long)((Int128)ticks * TimeSpan.TicksPerSecond / MovieBox.Timescale));
        }
    }

    /// <summary>
    /// Goes on with a file of our own, finished or cut off in mid-recording: the plan makes it a fragmented file again and cuts what was never
    /// committed. The first new frame follows directly on the old end.
    /// </summary>
    /// <param name="existing">The file; read, not written, and not needed afterwards.</param>
    /// <param name="options">As for a new file.</param>
    /// <param name="plan">Takes the operations; must be carried out before those of the first fragment.</param>
    /// <exception cref="ContainerFormatException">The file is not one of ours.</exception>
    public static Mp4Writer Continue(Stream existing, Mp4WriterOptions options, DiskPlan plan) => Mp4Continuation.Open(existing, options, plan);

    /// <inheritdoc/>
    public TrackVerdict Judge(Track track)
    {
        if (track.Codec == Codec.ScriptData)
            return TrackVerdict.Accepted;
        if (!SampleEntry.CanDescribe(track))
            return TrackVerdict.Unsupported;
        var known = Find(track.Id);
        if (known is null)
            return _headerOut ? TrackVerdict.NeedsNewFile : TrackVerdict.Accepted;
        return ReferenceEquals(known.Seen, track) || IsSame(known.Track, track) ? TrackVerdict.Accepted : TrackVerdict.NeedsNewFile;
    }

    /// <inheritdoc/>
    public void Add(in MediaFrame frame)
    {
        ObjectDisposedException.ThrowIf(_finished, this);
        if (frame.Kind != FrameKind.Sample || frame.Payload.IsEmpty)
            return;
        var track = Find(frame.Track.Id);
        if (track is null || !ReferenceEquals(track.Seen, frame.Track))
        {
            if (Judge(frame.Track) != TrackVerdict.Accepted)
                throw new InvalidOperationException($"Track {frame.Track.Id} ({frame.Track.Codec}) was not accepted by this file.");
            if (frame.Track.Codec == Codec.ScriptData)
                return;
            track ??= AddTrack(frame.Track);
            track.Seen = frame.Track;
        }

        track.Add(frame);
    }

    /// <inheritdoc/>
    public void CutFragment(DiskPlan plan, ReadOnlySpan<MediaFrame> following)
    {
        long payload = 0;
        foreach (var track in _tracks)
            payload += track.PendingBytes;
        if (payload == 0)
            return;
        var (zero, timescale) = EarliestPending();
        if (!_headerOut)
            Start(zero, timescale);
        else if (_mustResume)
            Resume(zero, timescale);
        foreach (var track in _tracks)
        {
            if (track.PendingCount > 0)
                track.Place(Next(track, following));
        }

        var write = plan.Write(_headerOut ? Length : 0);
        if (!_headerOut)
            WriteHeader(plan, write);
        WriteFragment(plan, write, payload);
        PatchDuration(plan);
    }

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

        // One box, free, whose body is the complete moov.
        _box.Clear();
        MovieBox.WriteFinal(_box, _tracks, _options);
        var size = checked((uint)(_box.Length + 8));
        var write = plan.Write(Length);
        write.Add(Header(plan, size, FourCc.Free));
        _box.AddTo(plan, write);
        plan.Sync();

        // The placeholder becomes an mdat that also swallows the header of that free box: the moov comes to light.
        var covered = Length + 8 - PlaceholderOffset;
        var flip = plan.Scratch(16);
        flip.Span.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(flip.Span, covered > uint.MaxValue ? 1 : (uint)covered);
        BinaryPrimitives.WriteUInt32BigEndian(flip.Span[4..], FourCc.Mdat);
        if (covered > uint.MaxValue)
            BinaryPrimitives.WriteInt64BigEndian(flip.Span[8..], covered);
        plan.Write(PlaceholderOffset).Add(flip);
        plan.Sync();
        Length += size;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _finished = true;
        foreach (var track in _tracks)
            track.Dispose();
    }

    internal static void WriteFileType(BoxBuilder box, bool hasAv1)
    {
        box.Begin(FourCc.Ftyp);
        box.U32(FourCc.Isom);
        box.U32(0x200);
        box.U32(FourCc.Isom);
        box.U32(FourCc.Iso6);
        box.U32(FourCc.Mp41);
        box.U32(FourCc.Mp42);
        box.U32(hasAv1 ? FourCc.Av01 : FourCc.Avc1);
        box.End();
    }

    private static Memory<byte> Header(DiskPlan plan, uint size, uint type)
    {
        var header = plan.Scratch(8);
        BinaryPrimitives.WriteUInt32BigEndian(header.Span, size);
        BinaryPrimitives.WriteUInt32BigEndian(header.Span[4..], type);
        return header;
    }

    private static MediaFrame? Next(WriterTrack track, ReadOnlySpan<MediaFrame> following)
    {
        foreach (ref readonly var frame in following)
        {
            if (frame.Track.Id == track.Track.Id && frame.Kind == FrameKind.Sample && !frame.Payload.IsEmpty)
                return frame;
        }

        return null;
    }

    /// <summary>Compares what the header says. A file that was read back may know more than a track that has no configuration.</summary>
    private static bool IsSame(Track known, Track track)
    {
        if (known.Codec != track.Codec || known.Timescale != track.Timescale || known.Kind != track.Kind)
            return false;
        var a = known.Configuration.Span;
        var b = track.Configuration.Span;
        if (a.SequenceEqual(b))
            return true;
        return track.Codec switch
        {
            Codec.Flac => b.IsEmpty || Flac.FindStreamInfo(known.Configuration).Span.SequenceEqual(Flac.FindStreamInfo(track.Configuration).Span),
            Codec.Vp8 or Codec.Ac3 or Codec.Eac3 or Codec.Mp3 or Codec.G711A or Codec.G711U => true,
            Codec.Vp9 or Codec.Av1 or Codec.Opus => b.IsEmpty,
            _ => false,
        };
    }

    private WriterTrack? Find(int id)
    {
        foreach (var track in _tracks)
        {
            if (track.Track.Id == id)
                return track;
        }

        return null;
    }

    private WriterTrack AddTrack(Track track)
    {
        var added = new WriterTrack(track);

        // Pictures first: players begin with the first track, and its samples come first in each fragment.
        var at = _tracks.FindIndex(t => (added.IsVideo && !t.IsVideo) || (added.IsVideo == t.IsVideo && added.Id < t.Id));
        _tracks.Insert(at < 0 ? _tracks.Count : at, added);
        return added;
    }

    /// <summary>The earliest presentation of what is pending; timescale 0 when nothing is.</summary>
    private (long Time, uint Timescale) EarliestPending()
    {
        long zero = 0;
        uint timescale = 0;
        foreach (var track in _tracks)
        {
            if (track.PendingCount == 0)
                continue;
            var time = track.FirstPresentation;
            if (timescale == 0 || (Int128)time * timescale < (Int128)zero * track.Timescale)
                (zero, timescale) = (time, track.Timescale);
        }

        return (zero, timescale);
    }

    private void Start(long zero, uint timescale)
    {
        // A track of which only empty samples were seen is not in the file.
        _tracks.RemoveAll(track => track.PendingCount == 0);
        foreach (var track in _tracks)
            track.Start(_box, zero, timescale);
    }

    private void Resume(long zero, uint timescale)
    {
        var end = MovieBox.Duration(_tracks);
        foreach (var track in _tracks)
            track.Resume(zero, timescale, end);
        _mustResume = false;
    }

    private void WriteHeader(DiskPlan plan, DiskOperation write)
    {
        _patchedDuration = MovieBox.Duration(_tracks);
        _box.Clear();
        WriteFileType(_box, _tracks.Exists(track => track.Track.Codec == Codec.Av1));
        _box.Begin(FourCc.Free);
        _box.Zeros(8);
        _box.End();
        _durationOffset = MovieBox.WriteFragmented(_box, _tracks, _options, 0, _patchedDuration);
        _box.AddTo(plan, write);
        Length = _box.Length;
        _headerOut = true;
    }

    private void WriteFragment(DiskPlan plan, DiskOperation write, long payload)
    {
        if (Length % 512 > 504)
        {
            // The 8 bytes that commit the fragment must not lie in two sectors.
            write.Add(Header(plan, 8, FourCc.Free));
            Length += 8;
        }

        var moof = (uint)FragmentBox.Write(_box, _tracks, ++_sequence, payload);
        var total = checked((uint)(_box.Position + payload));
        var headers = plan.Scratch(_box.Position);
        _box.Written.CopyTo(headers.Span);
        BinaryPrimitives.WriteUInt32BigEndian(headers.Span, total);
        BinaryPrimitives.WriteUInt32BigEndian(headers.Span[4..], FourCc.Free);
        write.Add(headers);
        var offset = Length + headers.Length;
        foreach (var track in _tracks)
        {
            if (track.PendingCount == 0)
                continue;
            foreach (ref readonly var sample in track.Pending)
                write.Add(sample.Payload);
            var start = offset;
            offset += track.PendingBytes;
            track.Commit(start);
        }

        plan.Sync();
        plan.Write(Length).Add(Header(plan, moof, FourCc.Moof));
        Length += total;
    }

    private void PatchDuration(DiskPlan plan)
    {
        var duration = MovieBox.Duration(_tracks);
        if (duration - _patchedDuration < _options.DurationPatchInterval.TotalSeconds * MovieBox.Timescale)
            return;
        var value = plan.Scratch(8);
        BinaryPrimitives.WriteInt64BigEndian(value.Span, duration);
        plan.Write(_durationOffset).Add(value);
        _patchedDuration = duration;
    }
}
