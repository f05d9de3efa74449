using Tapedeck.Media;

namespace Tapedeck.Containers.Mp4;

/// <summary>
/// A track that goes on with other parameters in the same file: a further entry of stsd, which the header must have before a fragment names it. The
/// header is written once more, into room that was reserved behind it, and uncovered by one write of 8 bytes:
/// <code>
/// recording    ftyp free moov free[ room, zeros      ] moof mdat ..
/// staged       ftyp free moov free[ moov'  free, rest] moof mdat ..       padding to every reader, torn or whole
/// switched     ftyp free free[ moov free ] moov' free  moof mdat ..       the old moov became padding up to the new one
/// </code>
/// </summary>
public sealed partial class Mp4Writer
{
    /// <summary>Bytes reserved behind the header: about eight headers of a stream with picture, sound and data.</summary>
    internal const int HeaderRoom = 16 << 10;

    private static readonly byte[] Zeros = new byte[HeaderRoom];
    private HeaderPlace _header;
    private bool _durationIsShort;

    /// <inheritdoc/>
    public string? WhyNewFile(Track track)
    {
        if (!_options.ChangesInFile || !_headerOut || Find(track.Id) is not { } known || !CanChange(known, track))
            return null;
        return _header.RoomEnd <= _header.End ? "this one has no room for another header" : "the room for another header is used up";
    }

    /// <summary>For a track that is in the file and now differs from what it was.</summary>
    private TrackVerdict JudgeChange(WriterTrack known, Track track)
    {
        if (!_options.ChangesInFile || !CanChange(known, track))
            return TrackVerdict.NeedsNewFile;

        // Samples of a fragment share one description; and what the cut writes may take the room.
        if (known.PendingCount > 0 || !_headerOut)
            return TrackVerdict.CutFirst;
        return FindEntry(known, track) >= 0 || HasRoom(track) ? TrackVerdict.Accepted : TrackVerdict.NeedsNewFile;
    }

    /// <summary>
    /// What may change within a track, so that players that look at its first entry only play it: they take the length of NAL units' lengths from there, and
    /// all of AAC but whether it is mono or stereo. The timescale of sound is its rate.
    /// </summary>
    private static bool CanChange(WriterTrack known, Track track) =>
        known.Track.Kind == track.Kind && known.Track.Codec == track.Codec && track.Codec switch
        {
            Codec.H264 or Codec.Hevc => SampleDescription.LengthSize(known.Track) == SampleDescription.LengthSize(track),
            Codec.Aac => known.Track.Timescale == track.Timescale && IsMonoOrStereo(known.Track, out var one) && IsMonoOrStereo(track, out var other)
                && one with { Channels = other.Channels } == other,
            _ => false,
        };

    private static bool IsMonoOrStereo(Track track, out AacConfiguration parsed) =>
        Aac.TryParse(track.Configuration.Span, out parsed) && parsed.OutputChannels is 1 or 2;

    /// <summary>The entry that describes the track as it is; -1 when none does.</summary>
    private int FindEntry(WriterTrack known, Track track)
    {
        for (var i = 0; i < known.Entries.Count; i++)
        {
            if (Difference(known.Entries[i].Track, track) is null)
                return i;
        }

        return -1;
    }

    /// <summary>Whether a header with one more entry has its place. Rounded up by what alignment may take.</summary>
    private bool HasRoom(Track track)
    {
        const int Alignment = 8;
        _box.Clear();
        SampleEntry.Write(_box, track, []);
        long length = _header.Length + _box.Position + Alignment;
        foreach (var known in _tracks)
            length += known.NewEntryBytes;
        return _header.End + 8 + length + 8 <= _header.RoomEnd;
    }

    /// <summary>From now on samples of this track are described as it is now. Nothing of it is pending.</summary>
    private void Change(WriterTrack known, Track track, ReadOnlySpan<byte> firstSample)
    {
        if (FindEntry(known, track) is var entry and >= 0)
            known.Use(entry);
        else
            known.AddEntry(_box, track, firstSample);
        known.RestartClock(firstSample);
    }

    /// <summary>Reserves the room behind a header that ends the write so far.</summary>
    private void ReserveRoom(DiskPlan plan, DiskOperation write, long at, long length)
    {
        _header = new HeaderPlace(at, length, at + length, at + length);
        foreach (var track in _tracks)
            track.EntriesInHeader = track.Entries.Count;
        if (!_options.ChangesInFile)
            return;
        _header = _header with { RoomEnd = _header.End + HeaderRoom };
        write.Add(Header(plan, HeaderRoom, FourCc.Free));
        write.Add(Zeros.AsMemory(0, HeaderRoom - 8));
        Length = _header.RoomEnd;
    }

    /// <summary>The header with the entries that have come, when there are any.</summary>
    private void WriteNewEntries(DiskPlan plan)
    {
        var entries = 0;
        foreach (var track in _tracks)
            entries += track.Entries.Count - track.EntriesInHeader;
        if (entries == 0)
            return;

        // Behind the header of the room, which stays as it is until the switch.
        var at = _header.End + 8;
        _patchedDuration = MovieBox.Duration(_tracks);
        _box.Clear();
        _durationOffset = at + (_older?.Header is { } header
            ? header.WriteFragmented(_box, _tracks, at, _patchedDuration)
            : MovieBox.WriteFragmented(_box, _tracks, _options, at, _patchedDuration));
        _durationIsShort = false;
        var end = at + _box.Position;
        if (end < _header.RoomEnd)
        {
            _box.U32((uint)(_header.RoomEnd - end));
            _box.U32(FourCc.Free);
        }

        _box.AddTo(plan, plan.Write(at));
        plan.Sync();
        plan.Write(_header.At).Add(Header(plan, (uint)(at - _header.At), FourCc.Free));
        _header = _header with { Length = end - at, End = end };
        foreach (var track in _tracks)
            track.EntriesInHeader = track.Entries.Count;
    }
}

/// <summary>Where the header of the fragmented form lies.</summary>
/// <param name="At">Of the first one that was written; the 8 bytes there become padding up to the present one.</param>
/// <param name="Length">Of the present one.</param>
/// <param name="End">Behind the present one.</param>
/// <param name="RoomEnd">Behind the room reserved for further ones; <paramref name="End"/> when there is none.</param>
internal readonly record struct HeaderPlace(long At, long Length, long End, long RoomEnd);
