using Tapedeck.Containers;
using Tapedeck.Media;

namespace Tapedeck.LoadBench;

/// <summary>Compares what was sent with what lies in the files, by our own reader.</summary>
internal static class Verification
{
    /// <summary>Files with every frame in them, out of all that should be there.</summary>
    /// <param name="recordings">Of each publisher.</param>
    public static (int Right, List<string> Wrong) Check(Server server, IReadOnlyList<Publisher> publishers, int recordings)
    {
        var wrong = new List<string>();
        if (server.Application is null)
        {
            var bytes = Directory.GetFiles(server.Files).Sum(f => new FileInfo(f).Length);
            var sent = publishers.Sum(p => p.Bytes);
            if (bytes != sent)
                wrong.Add($"{bytes} of {sent} bytes");
            return (wrong.Count == 0 ? publishers.Count : 0, wrong);
        }

        var right = 0;
        foreach (var publisher in publishers)
        {
            var files = Directory.GetFiles(server.Files, publisher.Name + "*");
            var counts = files.Select(Count).ToArray();
            if (files.Length != recordings)
            {
                // A recording that lost frames, because its disk was too slow, goes on in a next file.
                wrong.Add($"{publisher.Name}: {files.Length} files with {counts.Sum(c => c.Video)} of {publisher.Video} pictures, {counts.Sum(c => c.Audio)} of {publisher.Audio} sound frames");
                continue;
            }

            foreach (var (file, (video, audio)) in files.Zip(counts))
            {
                if (video == publisher.Video && audio == publisher.Audio)
                    right++;
                else
                    wrong.Add($"{Path.GetFileName(file)}: {video} of {publisher.Video} pictures, {audio} of {publisher.Audio} sound frames");
            }
        }

        return (right, wrong);
    }

    /// <summary>
    /// Compares the files that are left below a folder with the latest of those who published: the newest file with the last one, and so on. All parts
    /// of a recording that was split belong to one publisher, who is the only one of its name.
    /// </summary>
    /// <param name="folder">Of all applications.</param>
    /// <param name="gone">Who published under each name, in order.</param>
    public static (int Right, List<string> Wrong) CheckLatest(string folder, IReadOnlyDictionary<string, List<Publisher>> gone)
    {
        var wrong = new List<string>();
        var right = 0;
        foreach (var (name, publishers) in gone)
        {
            var files = Directory.GetFiles(folder, name + "*", SearchOption.AllDirectories).OrderByDescending(File.GetLastWriteTimeUtc).ToArray();
            if (files.Length == 0)
                wrong.Add($"{name}: no file is left, not even of the last one");
            var parts = publishers.Count == 1 ? [files] : files.Chunk(1).ToArray();
            for (var i = 0; i < parts.Length; i++)
            {
                var publisher = i < publishers.Count ? publishers[^(i + 1)] : null;
                var counts = parts[i].Select(Count).ToArray();
                var (video, audio) = (counts.Sum(c => c.Video), counts.Sum(c => c.Audio));
                if (video != publisher?.Video || audio != publisher.Audio)
                    wrong.Add($"{parts[i][0]}: {video} of {publisher?.Video} pictures, {audio} of {publisher?.Audio} sound frames");
                else
                    right++;
            }
        }

        return (right, wrong);
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
