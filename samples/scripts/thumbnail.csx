// Makes NAME.jpg beside the file: a picture 320 wide from a tenth of its length.
var picture = Path.Combine(File.Folder, File.BaseName + ".jpg");
var unfinished = picture + ".part";
var at = FormattableString.Invariant($"{File.Duration.TotalSeconds / 10:0.###}");
await Ffmpeg.Run("-v", "error", "-y", "-ss", at, "-i", File.Path, "-map", "0:v:0", "-frames:v", "1", "-vf", "scale=320:-2", "-f", "mjpeg", unfinished);
// Nobody sees half a picture, and a second run replaces the first one's.
System.IO.File.Move(unfinished, picture, overwrite: true);
return picture;
