using Tapedeck.Media;

namespace Tapedeck.Containers.MpegTs;

/// <summary>Script data becomes timed metadata: decision 0013.</summary>
public sealed partial class TsWriter
{
    private readonly long _leastData = long.MinValue;
    private TsWriterTrack? _data;
    private bool _hasMetadata;

    private void AddScript(in MediaFrame script)
    {
        AddMetadata(script);
        if (_options.RecordData && ScriptSamples.Of(script) is { } sample)
            AddData(sample);
    }

    /// <summary>The metadata begins with what the stream is, which a recording that starts in mid-stream would not see otherwise.</summary>
    private void AddMetadata(in MediaFrame next)
    {
        if (_hasMetadata || !_options.RecordData)
            return;
        _hasMetadata = true;
        if (ScriptSamples.Before(next, _options.Metadata) is { } sample)
            AddData(sample);
    }

    private void AddData(in MediaFrame sample)
    {
        if (!Id3Form.Fits(sample.Payload.Span))
            return;
        _data ??= NewData(sample.Track);
        Append(_data.Unit(sample));
    }

    private TsWriterTrack NewData(Track track)
    {
        var data = new TsWriterTrack(track);
        data.Change(track, new Id3Form(), default);
        _tracks.Add(data);
        return data;
    }
}
