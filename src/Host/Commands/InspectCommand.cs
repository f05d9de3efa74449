using System.CommandLine;
using Tapedeck.Containers;
using Tapedeck.Containers.Inspection;
using Tapedeck.Host.Publishing;

namespace Tapedeck.Host.Commands;

/// <summary><c>tapedeck inspect FILE</c>: reads a recording from end to end and says what it holds.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "MP4, FLV, MPEG-TS, WebM or Matroska file." };
        var gap = new Option<string>("--gap") { Description = "List times without a frame from this length on, for example 200ms.", DefaultValueFactory = _ => "500ms" };
        var json = new Option<bool>("--json") { Description = "One JSON object instead of text; the guide says what is in it." };
        var command = new Command("inspect", "Reads a file from beginning to end and says what it holds; ends with 1 when it is damaged, unfinished or empty.") { file, gap, json };
        command.SetAction(result => Run(result.GetValue(file)!, result.GetValue(gap)!, result.GetValue(json)));
        return command;
    }

    private static int Run(string path, string gapText, bool asJson)
    {
        if (Duration.Parse(gapText) is not { } gap || gap < TimeSpan.Zero)
        {
            Terminal.Error($"'{gapText}' (--gap) is not a time; write 200ms, 1s or 2min.");
            return ExitCode.Failure;
        }

        long size = 0;
        try
        {
            using var stream = File.OpenRead(path);
            size = stream.Length;
            var bar = Terminal.Progress("Reading", size, 1);
            using var watched = new WatchedFile(stream, bar is null ? null : bar.Reach);
            var report = MediaInspector.Inspect(watched, gap);
            Terminal.EndProgress();
            Terminal.Out(asJson ? InspectionJson.Of(path, size, report) : InspectionText.Of(path, size, report));
            foreach (var problem in asJson ? [] : report.Problems)
                Terminal.Error($"  {problem}");
            return report.Problems.Count == 0 ? ExitCode.Success : ExitCode.Failure;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ContainerFormatException)
        {
            Terminal.EndProgress();
            if (asJson)
                Terminal.Out(InspectionJson.Of(path, size, new MediaReport { Problems = [e.Message] }));
            else
                Terminal.Error($"{path}: {e.Message}");
            return ExitCode.Failure;
        }
    }
}
