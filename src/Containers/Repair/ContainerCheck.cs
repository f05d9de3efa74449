using Tapedeck.Media;

namespace Tapedeck.Containers.Repair;

/// <summary>How bad a finding is.</summary>
public enum FindingSeverity
{
    /// <summary>Unusual; the file plays.</summary>
    Warning,

    /// <summary>The file should not be announced before it was repaired.</summary>
    Error,
}

/// <summary>One thing that is not as it should be.</summary>
/// <param name="Severity">How bad.</param>
/// <param name="Text">What and where.</param>
public sealed record ContainerFinding(FindingSeverity Severity, string Text);

/// <summary>What a file should be like.</summary>
public sealed record ContainerExpectations
{
    /// <summary>By the wall clock; null when nobody knows.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>How far it may be from that.</summary>
    public TimeSpan DurationTolerance { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How far the ends of the tracks may be apart.</summary>
    public TimeSpan TrackTolerance { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The first picture must be one that a decoder can start with.</summary>
    public bool StartsWithKeyFrame { get; init; } = true;

    /// <summary>The file must have its complete index.</summary>
    public bool IsFinished { get; init; } = true;
}

/// <summary>Reads a file once, with our own reader, as a player would. Keeps some numbers for each track and nothing for each frame.</summary>
public static class ContainerCheck
{
    /// <summary>Of one kind and track; the rest is counted.</summary>
    private const int MaxAlike = 3;
    private const int MaxFindings = 100;

    /// <summary>What is not as expected; empty when all is well. Never throws for what a file holds.</summary>
    /// <param name="file">Seekable; only read, and left open.</param>
    /// <param name="expectations">Null for the defaults.</param>
    public static IReadOnlyList<ContainerFinding> Validate(Stream file, ContainerExpectations? expectations = null)
    {
        expectations ??= new ContainerExpectations();
        var findings = new Findings();
        try
        {
            using var reader = ContainerFile.Open(new OpenStream(file));
            Read(reader, expectations, findings);
        }
        catch (ContainerFormatException exception)
        {
            findings.Error(exception.Message);
        }

        findings.Summarise();
        return findings.All;
    }

    private static void Read(IContainerReader reader, ContainerExpectations expectations, Findings findings)
    {
        if (expectations.IsFinished && !reader.IsFinished)
            findings.Error("It has no complete index, or is cut off.");
        var tracks = new Dictionary<int, TrackState>();
        foreach (var track in reader.Tracks)
            tracks[track.Id] = new TrackState(track);
        while (reader.TryRead(out var frame))
        {
            if (frame.Kind != FrameKind.Sample)
                continue;
            if (!tracks.TryGetValue(frame.Track.Id, out var state))
                tracks.Add(frame.Track.Id, state = new TrackState(frame.Track));
            state.Add(frame, expectations, findings);
        }

        var media = tracks.Values.Where(state => state.Track.Kind != TrackKind.Data).ToList();
        if (media.TrueForAll(state => state.Frames == 0))
        {
            findings.Error("It holds not one frame.");
            return;
        }

        foreach (var empty in media.Where(state => state.Frames == 0))
            findings.Warning($"Track {empty.Track.Id} ({empty.Track.Codec}) has no frames.");
        media.RemoveAll(state => state.Frames == 0);
        var shortest = media.MinBy(state => state.End)!;
        var longest = media.MaxBy(state => state.End)!;
        if (Distance(longest.End, shortest.End) > expectations.TrackTolerance)
            findings.Warning($"Track {shortest.Track.Id} ends at {shortest.End}, track {longest.Track.Id} at {longest.End}.");
        if (Distance(reader.Duration, longest.End) > expectations.DurationTolerance)
            findings.Error($"Its duration is said to be {reader.Duration}, and its last frame ends at {longest.End}.");
        if (expectations.Duration is { } expected && Distance(longest.End, expected) > expectations.DurationTolerance)
            findings.Error($"It plays {longest.End}, where {expected} went by.");
    }

    /// <summary>Damaged files give any 64 bits.</summary>
    private static TimeSpan Distance(TimeSpan a, TimeSpan b) => new((long)Int128.Min(Int128.Abs((Int128)a.Ticks - b.Ticks), long.MaxValue));

    private sealed class TrackState(Track track)
    {
        private long _last;
        private int _timescale;
        private long _lastLength;

        public Track Track { get; } = track;

        public long Frames { get; private set; }

        public TimeSpan End { get; private set; }

        public void Add(in MediaFrame frame, ContainerExpectations expectations, Findings findings)
        {
            var name = $"track {Track.Id} ({Track.Codec})";
            if (Frames == 0 && Track.Kind == TrackKind.Video && expectations.StartsWithKeyFrame && !frame.IsKey)
                findings.Error($"The first frame of {name} is no key frame.");
            // A track that changed may count otherwise.
            if (_timescale != frame.Track.Timescale && Frames > 0 && _timescale > 0)
                (_last, _lastLength) = (Rescale(_last, frame.Track.Timescale), Rescale(_lastLength, frame.Track.Timescale));
            _timescale = frame.Track.Timescale;
            if (Frames > 0 && frame.DecodeTime < _last)
                findings.Alike(FindingSeverity.Error, $"Time goes back in {name}", $"{_last} to {frame.DecodeTime} at frame {Frames}");
            else if (Frames > 0 && frame.DecodeTime == _last)
                findings.Alike(FindingSeverity.Warning, $"Frames of the same time in {name}", $"{_last} at frame {Frames}");
            if (SamplePayload.Fault(frame.Track, frame.Payload.Span) is { } fault)
                findings.Alike(FindingSeverity.Error, $"A sample of {name} {fault}", $"frame {Frames}, {frame.Payload.Length} bytes");
            if (Frames > 0 && frame.DecodeTime > _last)
                _lastLength = Math.Min(frame.DecodeTime - _last, frame.Track.Timescale);
            _last = frame.DecodeTime;
            Frames++;
            var end = frame.PresentationTime + (frame.Track.FrameDuration > 0 ? frame.Track.FrameDuration : _lastLength);
            var time = new TimeSpan((long)Int128.Clamp((Int128)end * TimeSpan.TicksPerSecond / frame.Track.Timescale, long.MinValue, long.MaxValue));
            End = time > End ? time : End;
        }

        private long Rescale(long ticks, int timescale) => (long)Int128.Clamp((Int128)ticks * timescale / _timescale, long.MinValue, long.MaxValue);
    }

    private sealed class Findings
    {
        private readonly Dictionary<string, (FindingSeverity Severity, long Count)> _alike = [];

        public List<ContainerFinding> All { get; } = [];

        public void Error(string text) => All.Add(new ContainerFinding(FindingSeverity.Error, text));

        public void Warning(string text) => All.Add(new ContainerFinding(FindingSeverity.Warning, text));

        public void Alike(FindingSeverity severity, string kind, string where)
        {
            var count = _alike.GetValueOrDefault(kind).Count + 1;
            _alike[kind] = (severity, count);
            if (count <= MaxAlike && All.Count < MaxFindings)
                All.Add(new ContainerFinding(severity, $"{kind}: {where}."));
        }

        public void Summarise()
        {
            foreach (var (kind, (severity, count)) in _alike)
            {
                if (count > MaxAlike)
                    All.Add(new ContainerFinding(severity, $"{kind}: {count} times in all."));
            }
        }
    }
}
