using Tapedeck.Containers;
using Tapedeck.Media;

namespace Tapedeck.LoadBench;

/// <summary>Compares what was sent with what lies in the files, by our own reader.</summary>
internal static class Verification
{
    /// <summary>Files with every frame in them, out of all that should be there.</summary>
    public static (int Right, List<string> Wrong) Check(Server server, IReadOnlyList<Publisher> publishers)
    {
        var wrong = new List<string>();
        if (server.Application is null)
        {
            var bytes = Directory.GetFiles(server.Files).Sum(f => new FileInfo(f).Length);
            var sent = publishers.Sum(p => p.Bytes);
            if (bytes != sent)
                wrong.Add($"{bytes} of {sent} bytes");
            return (publishers.Count - wrong.Count, wrong);
        }

        foreach (var publisher in publishers)
        {
            var files = Directory.GetFiles(server.Files, publisher.Name + "*");
            if (files.Length != 1)
            {
                wrong.Add($"{publisher.Name}: {files.Length} files");
                continue;
            }

            var (video, audio) = Count(files[0]);
            if (video != publisher.Video || audio != publisher.Audio)
                wrong.Add($"{publisher.Name}: {video} of {publisher.Video} pictures, {audio} of {publisher.Audio} sound frames");
        }

        return (publishers.Count - wrong.Count, wrong);
    }

    private static (long Video, long Audio) Count(string path)
    {
        long video = 0, audio = 0;
        using var reader = ContainerFile.Open(File.OpenRead(path));
        while (reader.TryRead(out var frame))
        {
            if (frame.Kind != FrameKind.Sample)
                continue;
            if (frame.Track.Kind == TrackKind.Video)
                video++;
            else if (frame.Track.Kind == TrackKind.Audio)
                audio++;
        }

        return (video, audio);
    }
}
