using System.Buffers.Binary;
using Tapedeck.Containers.Flv;
using Tapedeck.Media;

namespace Tapedeck.Containers.Mp4;

/// <summary>
/// Writes MP4 files that are playable after every fragment and become ordinary ones by a single write of 16 bytes:
/// <code>
/// recording                                  finished
///   0  ftyp (36)                               ftyp
///  36  free (16)   placeholder                 mdat: everything up to the last moov, old headers included
///  52  moov        tracks, mvex
///      [free]      room for this header with further sample descriptions: Mp4Writer.Changes
///      moof mdat   a fragment
///      free[..]    a fragment being written
///                                              moov: full tables
/// </code>
/// A fragment is written with its first 8 bytes saying <c>free</c>: until 8 more bytes turn it into a moof, it is padding to every reader. All
/// later changes are 4 to 16 bytes inside one 512-byte sector, which disks write whole or not at all.
/// Owner: one task. <see cref="Dispose"/> gives index memory back and may be called once the last plan was carried out.
/// </summary>
public sealed partial class Mp4Writer : IContainerWriter, IDisposable
{
    internal const int PlaceholderOffset = 36;
    internal const int PlaceholderLength = 16;
    private readonly Mp4WriterOptions _options;
    private readonly List<WriterTrack> _tracks = [];
    private readonly BoxBuilder _box = new();
    private readonly FragmentIndex _fragments = new();
    private readonly OlderFile? _older;
    private WriterTrack? _data;
    private bool _headerOut;
    private bool _mustResume;
    private bool _finished;
    private uint _sequence;
    private long _durationOffset;
    private long _patchedDuration;
    private long _reserved = PlaceholderLength;

    /// <summary>A new file.</summary>
    public Mp4Writer(Mp4WriterOptions? options = null) => _options = options ?? new Mp4WriterOptions();

    /// <summary>An old file, read by <see cref="Mp4Continuation"/>.</summary>
    internal Mp4Writer(Mp4WriterOptions options, OlderFile older)
        : this(options)
    {
        _older = older;
        _tracks.AddRange(older.Tracks);
        _headerOut = _mustResume = true;
        _sequence = older.Sequence;
        _durationOffset = older.DurationAt;
        _durationIsShort = older.DurationIsShort;
        _header = older.HeaderPlace;
        foreach (var track in _tracks)
            track.RepeatsSets = options.ChangesInFile || _header.RoomEnd > _header.End || track.Entries.Count > 1;
        _reserved = older.Reserved;
        Length = older.Length;
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
                    if (track.PendingCount > 0 && !track.IsData)
                        span = Math.Max(span, MovieBox.Ticks(track.PendingSpan.End, track.Timescale, zero, timescale, MovieTimescale));
                }

                ticks += span;
            }

            return new TimeSpan((long)((Int128)ticks * TimeSpan.TicksPerSecond / MovieTimescale));
        }
    }

    private uint MovieTimescale => _tracks.Count > 0 ? _tracks[0].MovieTimescale : MovieBox.Timescale;

    /// <summary>
    /// Goes on with a file that exists. Of our own: finished or cut off in mid-recording; the plan makes it a fragmented file again, commits a last
    /// fragment that is complete and cuts what is not. Of others: ordinary (<c>ftyp mdat moov</c>, <c>ftyp moov mdat</c>) or fragmented; it gets a new
    /// header behind its media, and is readable in every state in between. The first new frame follows directly on the old end.
    /// </summary>
    /// <param name="existing">The file; read, not written, and not needed afterwards.</param>
    /// <param name="options">As for a new file; where the index goes, and the movie's timescale, are decided by the file.</param>
    /// <param name="plan">Takes the operations; must be carried out before those of the first fragment.</param>
    /// <param name="tracks">The tracks that will follow, when they are known: each must be in the file already.</param>
    /// <exception cref="ContainerFormatException">The file cannot be continued, or not with these tracks: the message says what differs.</exception>
    public static Mp4Writer Continue(Stream existing, Mp4WriterOptions options, DiskPlan plan, IReadOnlyCollection<Track>? tracks = null)
    {
        var writer = Mp4Continuation.Open(existing, options, plan);
        try
        {
            foreach (var track in tracks ?? [])
                writer.Match(track);
            return writer;
        }
        catch (ContainerFormatException)
        {
            plan.Clear();
            writer.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Add(in MediaFrame frame)
    {
        ObjectDisposedException.ThrowIf(_finished, this);
        if (frame.Kind == FrameKind.Script)
            AddScript(frame);
        if (frame.Kind != FrameKind.Sample || frame.Payload.IsEmpty)
            return;
        BeginData(frame);
        var track = Find(frame.Track.Id);
        if (track is null || !ReferenceEquals(track.Seen, frame.Track))
        {
            if (Judge(frame.Track) != TrackVerdict.Accepted)
                throw new InvalidOperationException($"Track {frame.Track.Id} ({frame.Track.Codec}) was not accepted by this file.");
            if (frame.Track.Codec == Codec.ScriptData)
                return;
            track = Find(frame.Track.Id) ?? AddTrack(frame.Track);
            if (_headerOut && Difference(track.Description.Track, frame.Track) is not null)
                Change(track, frame.Track, frame.Payload.Span);
            track.Seen = frame.Track;
        }

        track.Add(frame);
    }

    /// <summary>Script data is a sample of the metadata track, when there is one.</summary>
    private void AddScript(in MediaFrame frame)
    {
        BeginData(frame);
        if (_data is not null && ScriptSamples.Of(frame) is { } sample)
            _data.Add(sample);
    }

    /// <summary>The metadata track is in the header of every file that may need it, and so begins with a sample even where there is nothing to say.</summary>
    private void BeginData(in MediaFrame next)
    {
        if (_data is not null || !_options.RecordData)
            return;
        if (_headerOut)
        {
            _data = _mustResume ? _tracks.Find(track => track.Track.Codec == Codec.ScriptData) : null;
            return;
        }

        if (_options.WinQtCompat)
            return;
        var first = ScriptSamples.Before(next, _options.Metadata);
        if (first is null && next.Kind != FrameKind.Script)
            first = ScriptSamples.At(next, ScriptJson.Nothing);
        _data = AddTrack(next.Kind == FrameKind.Script ? next.Track : FlvTracks.ScriptData);
        if (first is { } sample)
            _data.Add(sample);
    }

    /// <inheritdoc/>
    public void CutFragment(DiskPlan plan, ReadOnlySpan<MediaFrame> following)
    {
        long payload = 0;
        foreach (var track in _tracks)
            payload += track.PendingBytes;
        if (payload == 0)
            return;
        foreach (var track in _tracks)
            track.Steady();
        var (zero, timescale) = EarliestPending();

        // Data alone begins nothing.
        if (timescale == 0 && (!_headerOut || _mustResume))
            return;
        if (!_headerOut)
            Start(zero, timescale);
        else if (_mustResume)
            Resume(zero, timescale);
        foreach (var track in _tracks)
        {
            if (track.PendingCount > 0)
                track.Place(Next(track, following));
        }

        if (_headerOut)
            WriteNewEntries(plan);
        var write = _headerOut ? plan.Write(Length) : WriteHeader(plan);
        WriteFragment(plan, write, payload);
        PatchDuration(plan, _options.DurationPatchInterval);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _finished = true;
        _fragments.Dispose();
        foreach (var track in _tracks)
            track.Dispose();
    }

    /// <summary>36 bytes, whatever the brands. The finished file and the fragmented form of it are named alike, so they never change.</summary>
    internal static void WriteFileType(BoxBuilder box, bool hasAv1, bool isCompat)
    {
        box.Begin(FourCc.Ftyp);
        box.U32(isCompat ? FourCc.Mp42 : FourCc.Isom);
        box.U32(isCompat ? 0u : 0x200);
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
            if (frame.Track.Id == track.SourceId && frame.Kind == FrameKind.Sample && !frame.Payload.IsEmpty)
                return frame;
        }

        return null;
    }

    /// <summary>The earliest presentation of what is pending; timescale 0 when nothing is.</summary>
    private (long Time, uint Timescale) EarliestPending()
    {
        long zero = 0;
        uint timescale = 0;
        foreach (var track in _tracks)
        {
            if (track.PendingCount == 0 || track.IsData)
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
        if (_data is { PendingCount: 0 })
            _data = null;
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

    /// <summary>Returns the write that the first fragment belongs to.</summary>
    private DiskOperation WriteHeader(DiskPlan plan)
    {
        if (_options.Index == Mp4IndexPlace.Front && !_options.Fragmented)
            _reserved = ReservedBytes();

        // The 8 bytes that make padding of the header must not lie in two sectors.
        if ((PlaceholderOffset + _reserved) % 512 > 504)
            _reserved += 8;
        _patchedDuration = MovieBox.Duration(_tracks);
        var write = plan.Write(0);
        _box.Clear();
        WriteFileType(_box, _tracks.Exists(track => track.Track.Codec == Codec.Av1), _options.WinQtCompat);
        if (_reserved == PlaceholderLength)
        {
            _box.Begin(FourCc.Free);
            _box.Zeros(8);
            _box.End();
        }
        else
        {
            // Room that is not written takes no room on the disk.
            _box.U32((uint)_reserved);
            _box.U32(FourCc.Free);
            _box.AddTo(plan, write);
            write = plan.Write(PlaceholderOffset + _reserved);
            _box.Clear();
        }

        var at = write.Offset + _box.Position;
        _durationOffset = MovieBox.WriteFragmented(_box, _tracks, _options, write.Offset, _patchedDuration) + write.Offset;
        _box.AddTo(plan, write);
        Length = write.Offset + _box.Length;
        ReserveRoom(plan, write, at, Length - at);
        _headerOut = true;
        return write;
    }

    private void WriteFragment(DiskPlan plan, DiskOperation write, long payload)
    {
        if (Length % 512 > 504)
        {
            // The 8 bytes that commit the fragment must not lie in two sectors.
            write.Add(Header(plan, 8, FourCc.Free));
            Length += 8;
        }

        if (_options.Fragmented)
            _fragments.Add(_tracks, Length);
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
            track.AddTo(write);
            var start = offset;
            offset += track.PendingBytes;
            track.Commit(start);
        }

        plan.Sync();
        plan.Write(Length).Add(Header(plan, moof, FourCc.Moof));
        Length += total;
    }

    /// <summary>A file of others may have no place for it.</summary>
    private void PatchDuration(DiskPlan plan, TimeSpan interval)
    {
        var duration = MovieBox.Duration(_tracks);
        if (_durationOffset == 0 || duration == _patchedDuration || duration - _patchedDuration < interval.TotalSeconds * MovieTimescale)
            return;
        var value = plan.Scratch(_durationIsShort ? 4 : 8);
        if (_durationIsShort)
            BinaryPrimitives.WriteUInt32BigEndian(value.Span, (uint)Math.Min(duration, uint.MaxValue));
        else
            BinaryPrimitives.WriteInt64BigEndian(value.Span, duration);
        plan.Write(_durationOffset).Add(value);
        _patchedDuration = duration;
    }
}
