namespace Tapedeck.Containers.WebM;

/// <summary>What a file says before its first cluster, and whether its index is there.</summary>
internal sealed class SegmentHeader
{
    /// <summary>DateUTC counts nanoseconds from here.</summary>
    public static readonly DateTimeOffset DateUtcEpoch = new(2001, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private SegmentHeader() { }

    public string DocType { get; private set; } = "matroska";

    /// <summary>First byte of Segment's body.</summary>
    public long Body { get; private set; }

    /// <summary>Where Segment ends; the largest number when unknown.</summary>
    public long End { get; private set; }

    /// <summary>Offset of the first cluster, or where one would be.</summary>
    public long FirstCluster { get; private set; }

    /// <summary>ns of a unit of time.</summary>
    public long Scale { get; private set; } = 1_000_000;

    /// <summary>In such units; 0 when not said.</summary>
    public double Duration { get; private set; }

    /// <summary>DateUTC; null when not said.</summary>
    public DateTimeOffset? Created { get; private set; }

    public string MuxingApp { get; private set; } = "";

    public IReadOnlyList<InputTrack> Tracks { get; private set; } = [];

    public FileElement? Info { get; private set; }

    public FileElement? TracksElement { get; private set; }

    /// <summary>The index, when it is whole.</summary>
    public FileElement? Cues { get; private set; }

    public bool IsFinished { get; private set; }

    public static SegmentHeader Read(EbmlFile file)
    {
        var header = new SegmentHeader();
        header.ReadStart(file);
        long? cues = null;
        var at = header.Body;
        while (at < Math.Min(header.End, file.Length) && file.TryReadHeader(at, out var element) && element.Id != ElementId.Cluster)
        {
            if (!file.IsWhole(element))
            {
                if (header.TracksElement is null)
                    throw new ContainerFormatException($"Element {element.Id:X} at offset {at} is cut off before the tracks.");
                break;
            }

            switch (element.Id)
            {
                case ElementId.SeekHead:
                    cues ??= header.FindCues(file.ReadBody(element));
                    break;
                case ElementId.Info:
                    header.Info = element;
                    header.ReadInfo(file.ReadBody(element));
                    break;
                case ElementId.Tracks when header.TracksElement is null:
                    header.TracksElement = element;
                    header.ReadTracks(file.ReadBody(element));
                    break;
                case ElementId.Cues:
                    header.Cues = element;
                    break;
            }

            at = element.End;
        }

        if (header.TracksElement is null)
            throw new ContainerFormatException($"No Tracks up to offset {at}.");
        header.FirstCluster = at;
        if (header.Cues is null && cues is { } offset && file.TryReadHeader(offset, out var found) && found.Id == ElementId.Cues && file.IsWhole(found))
            header.Cues = found;
        header.IsFinished = header.Cues is not null && header.Duration > 0 && header.End <= file.Length;
        return header;
    }

    private void ReadStart(EbmlFile file)
    {
        if (!file.TryReadHeader(0, out var ebml) || ebml.Id != ElementId.Ebml || !file.IsWhole(ebml) || ebml.Size > 65536)
            throw new ContainerFormatException("The file does not begin with an EBML header.");
        for (var elements = new Elements(file.ReadBody(ebml)); elements.MoveNext();)
        {
            if (elements.Id == ElementId.DocType)
                DocType = Ebml.Text(elements.Body);
        }

        if (DocType is not ("webm" or "matroska"))
            throw new ContainerFormatException($"EBML of the kind \"{DocType}\" is neither WebM nor Matroska.");
        var at = ebml.End;
        while (file.TryReadHeader(at, out var element))
        {
            if (element.Id == ElementId.Segment)
            {
                (Body, End) = (element.Body, element.End);
                return;
            }

            if (!file.IsWhole(element))
                break;
            at = element.End;
        }

        throw new ContainerFormatException($"No Segment up to offset {at}.");
    }

    private long? FindCues(byte[] seekHead)
    {
        for (var list = new Elements(seekHead); list.MoveNext();)
        {
            if (list.Id != ElementId.Seek)
                continue;
            ulong id = 0, position = ulong.MaxValue;
            for (var elements = new Elements(list.Body); elements.MoveNext();)
            {
                if (elements.Id == ElementId.SeekId)
                    id = Ebml.Number(elements.Body);
                else if (elements.Id == ElementId.SeekPosition)
                    position = Ebml.Number(elements.Body);
            }

            if (id == ElementId.Cues && position < long.MaxValue / 2)
                return Body + (long)position;
        }

        return null;
    }

    private void ReadInfo(byte[] info)
    {
        for (var elements = new Elements(info); elements.MoveNext();)
        {
            switch (elements.Id)
            {
                case ElementId.TimestampScale:
                    Scale = Ebml.Int32(elements.Body);
                    if (Scale <= 0)
                        throw new ContainerFormatException("TimestampScale is not a number of nanoseconds.");
                    break;
                case ElementId.Duration:
                    var duration = Ebml.Float(elements.Body);
                    Duration = double.IsFinite(duration) ? duration : 0;
                    break;
                case ElementId.DateUtc when elements.Body.Length == 8:
                    Created = DateUtcEpoch.AddTicks((long)Ebml.Number(elements.Body) / 100);
                    break;
                case ElementId.MuxingApp:
                    MuxingApp = Ebml.Text(elements.Body);
                    break;
            }
        }
    }

    private void ReadTracks(byte[] body)
    {
        var tracks = new List<InputTrack>();
        for (var elements = new Elements(body); elements.MoveNext();)
        {
            if (elements.Id == ElementId.TrackEntry && InputTrack.Read(elements.Body) is { } track)
                tracks.Add(track);
        }

        Tracks = tracks;
    }
}
