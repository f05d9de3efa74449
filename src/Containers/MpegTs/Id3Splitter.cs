using Tapedeck.Containers.Flv;
using Tapedeck.Media;

namespace Tapedeck.Containers.MpegTs;

/// <summary>Script data out of ID3 tags, as AMF0 again; tags of other people say nothing to us and are left out.</summary>
internal sealed class Id3Splitter(int pid, int maxLength) : Splitter(maxLength)
{
    private readonly int _longest = maxLength - TsPacket.Length;

    /// <summary>Known before the first tag comes.</summary>
    public Track Track { get; } = FlvTracks.ScriptData with { Id = pid };

    /// <inheritdoc/>
    public override void Begin(in PesTimes times)
    {
        // A time stamp begins a tag: what is left of the one before never comes.
        if (times.Pts >= 0)
            Buffer.Clear();
        base.Begin(times);
    }

    protected override void Split(bool isEnd)
    {
        while (Buffer.Span.Length >= Id3.TagHeader)
        {
            var data = Buffer.Span;
            var length = Id3.Length(data);
            if (length == 0 || length > _longest)
            {
                // Padding, or nothing that could be kept: a tag may still begin in it.
                var next = data[1..].IndexOf("ID3"u8);
                Buffer.Consume(next < 0 ? data.Length - 2 : 1 + next);
                continue;
            }

            if (length > data.Length)
                return;
            var times = Buffer.TakeTimes(Buffer.Position);
            var json = data[..length][Id3.FindScript(data[..length])];
            if (!json.IsEmpty && ScriptJson.ToAmf(json.ToArray()) is { } amf)
                Emit(Track, new AccessUnit(times, 0, IsKey: true), amf);
            Buffer.Consume(length);
        }
    }
}
