using System.Buffers.Binary;
using Tapedeck.Media;

namespace Tapedeck.Containers.Flv;

/// <summary>Takes Enhanced RTMP packets apart into the parts of their tracks; the same for sound and pictures.</summary>
public sealed partial class FlvPacketParser
{
    private void ParseExtended(ReadOnlySpan<byte> body, TrackKind kind)
    {
        var zero = StateOf(kind, 0)!;
        if (!ExtendedHeader.TryParse(body, kind, _limits.ModExBlocks, out var header))
        {
            DeliverMalformed(zero);
            return;
        }

        _nanoseconds = header.Nanoseconds;
        if (header.IsCommand)
            return;
        var at = header.BodyOffset;
        if (header.Multitrack == MultitrackKind.None)
        {
            Part(zero, header.PacketType, header.FourCc, at..body.Length, isOnlyTrack: true);
            return;
        }

        for (var first = true; at < body.Length || first; first = false)
        {
            var fourCc = header.FourCc;
            var prefix = (header.Multitrack == MultitrackKind.ManyCodecs ? 4 : 0) + 1 + (header.Multitrack == MultitrackKind.OneTrack ? 0 : 3);
            if (body.Length - at < prefix)
            {
                MalformedPackets++;
                return;
            }

            if (header.Multitrack == MultitrackKind.ManyCodecs)
            {
                fourCc = BinaryPrimitives.ReadUInt32BigEndian(body[at..]);
                at += 4;
            }

            var number = body[at++];
            var length = body.Length - at;
            if (header.Multitrack != MultitrackKind.OneTrack)
            {
                length = body[at] << 16 | body[at + 1] << 8 | body[at + 2];
                at += 3;
            }

            var state = StateOf(kind, number);
            if (length > body.Length - at || state is null)
            {
                MalformedPackets++;
                // A track too many does not harm its neighbours; a length that lies leaves nothing to hold on to.
                if (length > body.Length - at)
                    return;
                at += length;
                continue;
            }

            var isOnlyTrack = first && at + length == body.Length;
            Part(state, header.PacketType, fourCc, at..(at + length), isOnlyTrack);
            at += length;
        }
    }

    private void Part(FlvTrackState state, int type, uint fourCc, Range part, bool isOnlyTrack)
    {
        if (state.Kind == TrackKind.Video)
            ExtendedVideo(state, type, fourCc, part, isOnlyTrack);
        else
            ExtendedAudio(state, type, fourCc, part, isOnlyTrack);
    }
}
