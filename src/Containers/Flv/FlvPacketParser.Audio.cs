using Tapedeck.Media;

namespace Tapedeck.Containers.Flv;

/// <summary>
/// Audio bodies:
/// <code>
/// older     format:4 rate:2 is16Bit:1 isStereo:1 ...     rate and channels mean nothing for AAC and Speex
///           format 10 (AAC):  type:u8  [type 0 AudioSpecificConfig | type 1 raw_data_block]
/// Enhanced  format 9, see ExtendedHeader
/// </code>
/// </summary>
public sealed partial class FlvPacketParser
{
    private static ReadOnlySpan<int> HeaderRates => [5512, 11025, 22050, 44100];

    private void ParseAudio(ReadOnlySpan<byte> body)
    {
        // An empty body means silence: nothing to play, but to carry on.
        if (body.IsEmpty)
            return;
        var format = body[0] >> 4;
        if (format == ExtendedHeader.AudioFormat)
        {
            ParseExtended(body, TrackKind.Audio);
            return;
        }

        var state = StateOf(TrackKind.Audio, 0)!;
        var channels = (body[0] & 1) + 1;
        var rate = HeaderRates[body[0] >> 2 & 3];
        switch (format)
        {
            case 10 when body.Length < 2 || body[1] > 1:
                DeliverMalformed(state);
                break;
            case 10 when body[1] == 0:
                Configure(state, Codec.Aac, 2..body.Length, isOnlyTrack: true, FourCc.Mp4a);
                break;
            case 10:
                AudioSample(state, Codec.Aac, 2..body.Length, 0, 0);
                break;
            case 2:
                AudioSample(state, Codec.Mp3, 1..body.Length, rate, channels);
                break;
            case 14:
                AudioSample(state, Codec.Mp3, 1..body.Length, 8000, channels);
                break;
            case 7 or 8:
                AudioSample(state, format == 7 ? Codec.G711A : Codec.G711U, 1..body.Length, 8000, channels);
                break;
            case 11:
                AudioSample(state, Codec.Speex, 1..body.Length, 16_000, 1);
                break;
            default:
                // PCM, ADPCM, Nellymoser (4 and 5 have fixed rates) and device-specific sound.
                rate = format switch { 4 => 16_000, 5 => 8000, _ => rate };
                UnknownSample(state, (uint)format, FrameFlags.Key, rate, 1..body.Length);
                break;
        }
    }

    /// <summary>One track's part of an Enhanced RTMP audio packet.</summary>
    private void ExtendedAudio(FlvTrackState state, int type, uint fourCc, Range part, bool isOnlyTrack)
    {
        var codec = FourCc.ToAudioCodec(fourCc);
        if (type == ExtendedHeader.SequenceStart)
            Configure(state, codec, part, isOnlyTrack, fourCc);
        else if (type != ExtendedHeader.CodedFrames)
            DeliverOther(state);
        else if (codec == Codec.Unknown)
            UnknownSample(state, fourCc, FrameFlags.Key, 1000, part);
        else
            AudioSample(state, codec, part, 0, 0);
    }

    /// <param name="state">Of the track.</param>
    /// <param name="codec">A known one.</param>
    /// <param name="part">The coded frame in the packet.</param>
    /// <param name="rate">What the packet's header says, 0 when it says nothing.</param>
    /// <param name="channels">As <paramref name="rate"/>.</param>
    private void AudioSample(FlvTrackState state, Codec codec, Range part, int rate, int channels)
    {
        var payload = _packet[part];
        if (payload.IsEmpty)
        {
            DeliverOther(state);
            return;
        }

        var duration = 0;
        switch (codec)
        {
            case Codec.Mp3 when Mp3.TryParse(payload.Span, out var mp3):
                (rate, channels, duration) = (mp3.SampleRate, mp3.Channels, mp3.Samples);
                break;
            case Codec.Ac3 when Ac3.TryParse(payload.Span, out var ac3):
                (rate, channels, duration) = (ac3.SampleRate, ac3.Channels, ac3.Samples);
                break;
            case Codec.Eac3 when Eac3.TryParse(payload.Span, out var eac3):
                (rate, channels, duration) = (eac3.SampleRate, eac3.Channels, eac3.Samples);
                break;
            case Codec.Mp3 or Codec.Ac3 or Codec.Eac3 when state.Track?.Codec == codec:
                // No header here: a frame in pieces. What was known stays.
                (rate, channels) = (0, 0);
                break;
            case Codec.Opus when state.Track?.Codec != codec:
                (rate, channels) = (48_000, 2);
                break;
        }

        var track = state.Track?.Codec == codec ? state.Track : null;
        if (rate > 0 && (track is null || track.SampleRate != rate || track.Channels != channels))
            track = Adopt(state, FlvTracks.Audio(state.Id, codec, rate, channels, duration));
        if (track is null)
            DeliverUnannounced(state);
        else
            Deliver(track, FrameKind.Sample, FrameFlags.Key, 0, payload);
    }
}
