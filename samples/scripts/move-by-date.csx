// Moves each file into a folder of its day: cam.mp4 -> 2026/03/04/cam.mp4. The catalog follows.
var day = File.StartedAt.ToString("yyyy/MM/dd");
// A step may run twice: the second time the file is there already.
if (!File.Folder.EndsWith("/" + day))
    await File.MoveTo(Path.Combine(day, File.Name));
return File.Path;
