// Copies each file to archive/STREAM-TIME.EXT beside it, as a hook of Flashphoner's documentation does with cp.
// The name of a stream is no file name: what a publisher chose is escaped.
var stream = Uri.EscapeDataString(Recording.Stream);
var copy = await File.CopyTo(Path.Combine("archive", $"{stream}-{File.StartedAt:yyyyMMdd-HHmmss}{Path.GetExtension(File.Path)}"));
return $"copied to {copy}";
