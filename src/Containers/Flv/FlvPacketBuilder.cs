using System.Buffers;
using System.Buffers.Binary;
using Tapedeck.Media;

namespace Tapedeck.Containers.Flv;

/// <summary>
/// Makes FLV tag bodies for frames that did not come as such: a header in front of <see cref="MediaFrame.Payload"/>. H.264, AAC, MP3,
/// G.711 and Speex of track number 0 get the form every player knows, all else the Enhanced RTMP form. Layouts: see the parser.
/// </summary>
public static class FlvPacketBuilder
{
    /// <summary>Room that <see cref="WriteHeader"/> needs at most.</summary>
    public const int MaxHeaderLength = 16;

    private const int MaxCompositionTime = 0x7F_FFFF;

    /// <summary>
    /// True when configuration and frames of the track can be built. Ids that follow no RTMP numbering count as number 0 of their kind.
    /// </summary>
    public static bool CanBuild(Track track) => track.Codec switch
    {
        Codec.ScriptData or Codec.Av1 or Codec.Vp8 or Codec.Vp9 or Codec.Opus or Codec.Mp3 or Codec.Ac3 or Codec.Eac3 => true,
        Codec.H264 or Codec.Hevc or Codec.Vvc or Codec.Aac => !track.Configuration.IsEmpty,
        Codec.Flac => track.Configuration.Length == Flac.StreamInfoLength,
        Codec.G711A or Codec.G711U => NumberOf(track) == 0 && track is { SampleRate: 8000, Channels: 1 or 2 },
        Codec.Speex => NumberOf(track) == 0 && track is { SampleRate: 16_000, Channels: 1 },
        _ => false,
    };

    /// <summary>Writes the body that announces the track.</summary>
    /// <returns>False when the codec needs none or there is nothing to say; then nothing was written.</returns>
    public static bool WriteConfiguration(Track track, IBufferWriter<byte> output)
    {
        var record = track.Configuration;
        if (record.IsEmpty && track is { Codec: Codec.Opus, Channels: 1 or 2 })
            record = Opus.BuildHead(track.Channels, 0, 48_000);
        if (record.IsEmpty || track.Codec is Codec.Mp3 or Codec.Ac3 or Codec.Eac3 || !CanBuild(track))
            return false;

        Span<byte> header = stackalloc byte[MaxHeaderLength + 8];
        int length;
        if (IsLegacy(track))
        {
            // H.264: key frame, type 0, no composition time. AAC: type 0.
            length = track.Codec == Codec.H264 ? 5 : 2;
            header.Clear();
            header[0] = track.Codec == Codec.H264 ? (byte)0x17 : LegacyAudioByte(track);
        }
        else
        {
            length = WriteExtended(header, track.Kind, NumberOf(track), FourCc.Of(track.Codec), 1, ExtendedHeader.SequenceStart);
        }

        if (track.Codec == Codec.Flac)
        {
            // The marker and the block header: STREAMINFO is the last block.
            "fLaC"u8.CopyTo(header[length..]);
            BinaryPrimitives.WriteUInt32BigEndian(header[(length + 4)..], 0x8000_0000 | Flac.StreamInfoLength);
            length += 8;
        }

        output.Write(header[..length]);
        output.Write(record.Span);
        return true;
    }

    /// <summary>
    /// Writes what stands before the frame's payload. Decode and presentation time are rounded to milliseconds each, so their
    /// difference is what the header says.
    /// </summary>
    /// <returns>Bytes written; 0 for script data, which needs no header.</returns>
    /// <exception cref="ArgumentException">Not a sample, or of a track that cannot be built.</exception>
    public static int WriteHeader(in MediaFrame frame, Span<byte> target)
    {
        var track = frame.Track;
        if (frame.Kind == FrameKind.Script)
            return 0;
        if (frame.Kind != FrameKind.Sample || !CanBuild(track))
            throw new ArgumentException($"No FLV packet can be built for {frame.Kind} of {track.Codec}.", nameof(frame));

        var frameType = (frame.Flags & FrameFlags.Key) != 0 ? 1 : (frame.Flags & FrameFlags.Disposable) != 0 ? 3 : 2;
        var compositionTime = 0;
        if (frame.PresentationOffset != 0)
        {
            var exact = FlvTime.ToMilliseconds(frame.PresentationTime, track.Timescale) - FlvTime.ToMilliseconds(frame.DecodeTime, track.Timescale);
            compositionTime = (int)Math.Clamp(exact, -MaxCompositionTime - 1, MaxCompositionTime);
        }

        if (IsLegacy(track))
        {
            if (track.Kind == TrackKind.Audio)
            {
                target[0] = LegacyAudioByte(track);
                if (track.Codec != Codec.Aac)
                    return 1;
                target[1] = 1;
                return 2;
            }

            target[0] = (byte)(frameType << 4 | 7);
            target[1] = 1;
            WriteSigned24(target[2..], compositionTime);
            return 5;
        }

        // CodedFramesX saves the composition time where it is 0; codecs without one know only CodedFrames.
        var hasTime = FourCc.HasCompositionTime(track.Codec);
        var type = hasTime && compositionTime == 0 ? ExtendedHeader.CodedFramesX : ExtendedHeader.CodedFrames;
        var length = WriteExtended(target, track.Kind, NumberOf(track), FourCc.Of(track.Codec), frameType, type);
        if (type == ExtendedHeader.CodedFramesX || !hasTime)
            return length;
        WriteSigned24(target[length..], compositionTime);
        return length + 3;
    }

    /// <summary>The one-track form of a configuration that came together with others.</summary>
    internal static byte[] OneTrackConfiguration(TrackKind kind, int id, uint fourCc, ReadOnlySpan<byte> record)
    {
        Span<byte> header = stackalloc byte[MaxHeaderLength];
        var number = id - (kind == TrackKind.Video ? FlvTracks.FirstVideoId : FlvTracks.FirstAudioId);
        var length = WriteExtended(header, kind, number, fourCc, 1, ExtendedHeader.SequenceStart);
        return [.. header[..length], .. record];
    }

    /// <summary>The track number in packets.</summary>
    internal static int NumberOf(Track track) => Math.Max(0, FlvTracks.NumberOf(track));

    /// <summary>SoundFormat of a track in the older form, 0 when it has none.</summary>
    internal static int LegacyAudioFormat(Track track) => track.Codec switch
    {
        Codec.Mp3 => track.SampleRate switch { 8000 => 14, 11025 or 22050 or 44100 or 48000 => 2, _ => 0 },
        Codec.G711A => 7,
        Codec.G711U => 8,
        Codec.Aac => 10,
        Codec.Speex => 11,
        _ => 0,
    };

    internal static bool IsLegacy(Track track) =>
        NumberOf(track) == 0 && (track.Kind == TrackKind.Video ? track.Codec == Codec.H264 : LegacyAudioFormat(track) != 0);

    private static byte LegacyAudioByte(Track track)
    {
        var format = LegacyAudioFormat(track);
        // AAC always says 44.1 kHz stereo, Speex 11 kHz mono: readers look elsewhere. MP3 at 48 kHz passes as 44.1, its own header is right.
        var rate = format switch
        {
            10 => 3,
            11 => 1,
            2 => track.SampleRate switch { 11025 => 1, 22050 => 2, _ => 3 },
            _ => 0,
        };
        var isStereo = format == 10 || (format != 11 && track.Channels == 2);
        return (byte)(format << 4 | rate << 2 | 2 | (isStereo ? 1 : 0));
    }

    private static int WriteExtended(Span<byte> target, TrackKind kind, int number, uint fourCc, int frameType, int type)
    {
        var isVideo = kind == TrackKind.Video;
        var front = isVideo ? ExtendedHeader.VideoFlag | frameType << 4 : ExtendedHeader.AudioFormat << 4;
        if (number == 0)
        {
            target[0] = (byte)(front | type);
            BinaryPrimitives.WriteUInt32BigEndian(target[1..], fourCc);
            return 5;
        }

        target[0] = (byte)(front | (isVideo ? ExtendedHeader.VideoMultitrack : ExtendedHeader.AudioMultitrack));
        target[1] = (byte)type;
        BinaryPrimitives.WriteUInt32BigEndian(target[2..], fourCc);
        target[6] = (byte)number;
        return 7;
    }

    private static void WriteSigned24(Span<byte> target, int value)
    {
        target[0] = (byte)(value >> 16);
        target[1] = (byte)(value >> 8);
        target[2] = (byte)value;
    }
}
