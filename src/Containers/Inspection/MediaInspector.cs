using Tapedeck.Media;

namespace Tapedeck.Containers.Inspection;

/// <summary>Reads a media file once, from beginning to end, and says what it holds. Keeps some numbers for each track and nothing for each frame.</summary>
public static class MediaInspector
{
    /// <summary>What counts as a gap when nothing else is asked for.</summary>
    public static readonly TimeSpan DefaultGap = TimeSpan.FromMilliseconds(500);

    /// <summary>The report; damage that stops the reading is a problem in it, and what was read before it stands.</summary>
    /// <param name="file">Seekable; only read, and left open.</param>
    /// <param name="gap">Shorter times without a frame are not listed.</param>
    /// <exception cref="ContainerFormatException">It is no file that can be read at all.</exception>
    public static MediaReport Inspect(Stream file, TimeSpan gap)
    {
        using var reader = ContainerFile.Open(new OpenStream(file));
        var problems = new List<string>();
        var tracks = new SortedDictionary<int, TrackSurvey>();
        foreach (var track in reader.Tracks)
            tracks.TryAdd(track.Id, new TrackSurvey(track, gap));
        Read(reader, tracks, gap, problems);
        if (tracks.Count == 0)
            problems.Add("There are no tracks.");
        foreach (var (id, survey) in tracks)
            survey.AddProblems(id, problems);
        var report = new MediaReport { Format = reader.Format, StartTime = reader.StartTime, Tracks = [.. tracks.Values.Select(survey => survey.Report())] };
        try
        {
            var isFinished = reader.IsFinished;
            if (!isFinished)
                problems.Add("It is not finished: cut off, or still being written.");
            report = report with { IsFinished = isFinished, Duration = reader.Duration, Fragments = reader.Fragments };
        }
        catch (ContainerFormatException exception)
        {
            problems.Add(exception.Message);
        }

        return report with { Problems = problems };
    }

    private static void Read(IContainerReader reader, SortedDictionary<int, TrackSurvey> tracks, TimeSpan gap, List<string> problems)
    {
        try
        {
            while (reader.TryRead(out var frame))
            {
                if (frame.Kind is not (FrameKind.Sample or FrameKind.Script))
                    continue;
                if (!tracks.TryGetValue(frame.Track.Id, out var survey))
                    tracks.Add(frame.Track.Id, survey = new TrackSurvey(frame.Track, gap));
                survey.Add(frame);
            }
        }
        catch (ContainerFormatException exception)
        {
            problems.Add(exception.Message);
        }
    }
}
