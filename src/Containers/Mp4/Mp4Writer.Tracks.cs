using Tapedeck.Media;

namespace Tapedeck.Containers.Mp4;

/// <summary>Which tracks go into the file. In an older file ids are its own: a track of the stream is matched with the first free one that is described alike.</summary>
public sealed partial class Mp4Writer
{
    /// <summary>16.16 is all that old readers know of a rate.</summary>
    private const int CompatMaxRate = 65535;

    /// <inheritdoc/>
    public TrackVerdict Judge(Track track)
    {
        if (track.Codec == Codec.ScriptData)
            return TrackVerdict.Accepted;
        if (!SampleEntry.CanDescribe(track) || (_options.WinQtCompat && track.Kind == TrackKind.Audio && track.Timescale > CompatMaxRate))
            return TrackVerdict.Unsupported;
        if (Find(track.Id) is { } known)
            return ReferenceEquals(known.Seen, track) || Difference(known.Description.Track, track) is null ? TrackVerdict.Accepted : JudgeChange(known, track);
        if (!_headerOut)
            return TrackVerdict.Accepted;
        return Claim(track) is null ? TrackVerdict.NeedsNewFile : TrackVerdict.Accepted;
    }

    /// <exception cref="ContainerFormatException">No track of the older file is like it.</exception>
    internal void Match(Track track)
    {
        if (Judge(track) == TrackVerdict.Accepted)
            return;
        var alike = _tracks.Find(other => other.Track.Kind == track.Kind && other.SourceId == 0);
        var because = alike is null
            ? $"it has no {(_tracks.Exists(other => other.Track.Kind == track.Kind) ? "further " : "")}{track.Kind.ToString().ToLowerInvariant()} track"
            : Difference(alike.Description.Track, track) ?? "this host cannot write such a track";
        throw new ContainerFormatException($"The file cannot be continued with track {track.Id} ({track.Codec}): {because}.");
    }

    private WriterTrack? Find(int id)
    {
        foreach (var track in _tracks)
        {
            if (track.SourceId == id)
                return track;
        }

        return null;
    }

    /// <summary>Takes a free track of an older file for a track of the stream: one that is described alike, of the same id before others; else one that may change.</summary>
    private WriterTrack? Claim(Track track)
    {
        var found = _tracks.Find(other => other.SourceId == 0 && other.Track.Id == track.Id && FindEntry(other, track) >= 0)
            ?? _tracks.Find(other => other.SourceId == 0 && FindEntry(other, track) >= 0)
            ?? _tracks.Find(other => other.SourceId == 0 && JudgeChange(other, track) == TrackVerdict.Accepted);
        if (found is null)
            return null;
        found.SourceId = track.Id;
        if (FindEntry(found, track) is var entry and >= 0)
            found.Use(entry);
        return found;
    }

    private WriterTrack AddTrack(Track track)
    {
        var added = new WriterTrack(track, _options.WinQtCompat ? MovieBox.CompatTimescale : MovieBox.Timescale, !_options.Fragmented)
        {
            KeepsOffsetsPositive = _options.WinQtCompat,
            RepeatsSets = _options.ChangesInFile,
        };

        // Pictures first: players begin with the first track, and its samples come first in each fragment.
        var at = _tracks.FindIndex(t => Rank(added) < Rank(t) || (Rank(added) == Rank(t) && added.Id < t.Id));
        _tracks.Insert(at < 0 ? _tracks.Count : at, added);
        return added;

        static int Rank(WriterTrack track) => track.IsVideo ? 0 : track.IsData ? 2 : 1;
    }

    /// <summary>What the header says otherwise than the track, null when nothing. A file that was read back may know more than a track that has no configuration.</summary>
    private string? Difference(Track known, Track track)
    {
        if (known.Kind != track.Kind || known.Codec != track.Codec)
            return $"its codec is {known.Codec}, not {track.Codec}";
        if (known.Timescale != track.Timescale && _older is null)
            return $"its timescale is {known.Timescale}, not {track.Timescale}";
        var a = known.Configuration.Span;
        var b = track.Configuration.Span;
        if (a.SequenceEqual(b))
            return null;
        var isSame = track.Codec switch
        {
            Codec.H264 => SameParameterSets(a, b),
            Codec.Aac => Aac.TryParse(a, out var one) && Aac.TryParse(b, out var other) && one == other,
            Codec.Flac => b.IsEmpty || Flac.FindStreamInfo(known.Configuration).Span.SequenceEqual(Flac.FindStreamInfo(track.Configuration).Span),
            Codec.Vp8 or Codec.Ac3 or Codec.Eac3 or Codec.Mp3 or Codec.G711A or Codec.G711U => true,
            Codec.Vp9 or Codec.Av1 or Codec.Opus => b.IsEmpty,
            _ => false,
        };
        if (isSame && known.Kind == TrackKind.Audio && known.SampleRate > 0 && track.SampleRate > 0 && known.SampleRate != track.SampleRate)
            return $"its rate is {known.SampleRate} Hz, not {track.SampleRate} Hz";
        return isSame ? null : $"its {known.Codec} configuration ({a.Length} bytes) is not that of the track ({b.Length} bytes)";
    }

    /// <summary>Muxers differ in whether they repeat chroma and depth behind the parameter sets, which say it anyway.</summary>
    private static bool SameParameterSets(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        if (!Avc.TryParseConfiguration(a, out var one) || !Avc.TryParseConfiguration(b, out var other) || one.LengthSize != other.LengthSize)
            return false;
        return IsSingle(a, one) && IsSingle(b, other) && a[one.Sps].SequenceEqual(b[other.Sps]) && a[one.Pps].SequenceEqual(b[other.Pps]);

        static bool IsSingle(ReadOnlySpan<byte> record, in AvcConfiguration parsed)
        {
            var (offset, length) = parsed.Pps.GetOffsetAndLength(record.Length);
            var rest = record.Length - offset - length;
            return (record[5] & 31) == 1 && (rest is 0 or 4);
        }
    }
}
