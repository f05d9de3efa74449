// Makes a rendition for HLS, 360 lines high: NAME.hls/index.m3u8 beside the file.
var folder = Path.Combine(File.Folder, File.BaseName + ".hls");
var unfinished = folder + ".part";
// What an attempt before left behind.
if (Directory.Exists(unfinished))
    Directory.Delete(unfinished, recursive: true);
Directory.CreateDirectory(unfinished);

var told = 0;
await Ffmpeg.Run(
    time =>
    {
        var percent = (int)(100 * time / File.Duration);
        if (percent < told + 25)
            return;
        told = percent;
        Log.Info($"{percent} %");
    },
    "-v", "error", "-y", "-i", File.Path, "-map", "0:v:0", "-map", "0:a:0?", "-vf", "scale=-2:360", "-c:v", "libx264", "-preset", "veryfast", "-c:a", "aac",
    "-f", "hls", "-hls_time", "6", "-hls_playlist_type", "vod", "-hls_segment_filename", Path.Combine(unfinished, "%05d.ts"), Path.Combine(unfinished, "index.m3u8"));

if (Directory.Exists(folder))
    Directory.Delete(folder, recursive: true);
Directory.Move(unfinished, folder);
return Path.Combine(folder, "index.m3u8");
