using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Tapedeck.Engine.Catalog;
using Tapedeck.Engine.Recording;
using Tapedeck.Host.Applications;
using Tapedeck.Host.Settings;

namespace Tapedeck.Host.Commands;

/// <summary><c>tapedeck retention</c>: removes recordings that have had their time, or tells which those are.</summary>
internal static class RetentionCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private sealed record Line(string Application, string Path, long Bytes, DateTimeOffset StartedAt, string Outcome, string Reason);

    public static Command Create(Option<string?> home)
    {
        var dryRun = new Option<bool>("--dry-run") { Description = "Only say what would be removed." };
        var json = new Option<bool>("--json") { Description = "One JSON object per line." };
        var protect = new Option<string?>("--protect") { Description = "Keep the recording that this file belongs to, whatever retention says; nothing else is done." };
        var release = new Option<string?>("--release") { Description = "Take that protection away; nothing else is done." };
        var command = new Command("retention", "Removes recordings as retentionAge, retentionQuota and retentionFreeSpace of their applications say, oldest first. A running host does so by itself.")
        {
            home, dryRun, json, protect, release,
        };
        command.SetAction((result, cancellationToken) => HomeCatalog.UseAsync(
            result.GetValue(home),
            (place, catalog) => (result.GetValue(protect) ?? result.GetValue(release)) is { } file
                ? ProtectAsync(catalog, Path.GetFullPath(file), result.GetValue(protect) is not null, cancellationToken)
                : RunAsync(place, catalog, result.GetValue(dryRun), result.GetValue(json), cancellationToken)));
        return command;
    }

    private static async Task<int> RunAsync(Home home, RecordingCatalog catalog, bool isDryRun, bool asJson, CancellationToken cancellationToken)
    {
        // A host that runs may go on with a file at any time, and removes by itself what is to be removed.
        using var held = isDryRun ? null : Hold(home);
        if (!isDryRun && held is null)
        {
            Terminal.Error($"A tapedeck serves {home.Root} and removes recordings by itself; add --dry-run to see which, or stop it.");
            return ExitCode.Failure;
        }

        var retention = new Retention(catalog, new FileClaims(), SystemDisk.Instance, TimeProvider.System, NullLogger.Instance);
        var (files, bytes, failed) = (0, 0L, 0);
        foreach (var model in ApplicationCatalog.Load(home, NullLogger.Instance).Served.Where(m => m.Retention.Removes))
        {
            var scope = StorageKeeper.ScopeOf(model);
            if (!isDryRun)
                await retention.ResumeAsync(scope, cancellationToken);
            foreach (var removal in await retention.PlanAsync(scope, cancellationToken))
            {
                var isGone = isDryRun || await retention.RemoveAsync(removal);
                failed += isGone ? 0 : 1;
                files += isGone ? 1 : 0;
                bytes += isGone ? removal.File.Bytes : 0;
                Show(new Line(model.Name, removal.File.Path, removal.File.Bytes, removal.File.StartedAt, !isGone ? "failed" : isDryRun ? "would be removed" : "removed", removal.Reason), asJson);
            }
        }

        if (!asJson)
            Terminal.Out(string.Create(CultureInfo.InvariantCulture, $"{files} files, {bytes} bytes {(isDryRun ? "would be removed" : "removed")}{(failed > 0 ? $", {failed} failed" : "")}"));
        return failed == 0 ? ExitCode.Success : ExitCode.Failure;
    }

    private static async Task<int> ProtectAsync(RecordingCatalog catalog, string file, bool isProtected, CancellationToken cancellationToken)
    {
        if (await catalog.FindByPathAsync(file, cancellationToken) is not [var row, ..])
        {
            Terminal.Error($"The catalog does not know {file}.");
            return ExitCode.Failure;
        }

        await catalog.SetLabelAsync(row.Recording, Retention.ProtectedLabel, isProtected ? "true" : null);
        Terminal.Out($"{row.Recording} is {(isProtected ? "protected" : "no longer protected")}");
        return ExitCode.Success;
    }

    private static void Show(Line line, bool asJson) => Terminal.Out(asJson ? JsonSerializer.Serialize(line, Json) : $"{line.Path}: {line.Outcome} ({line.Reason})");

    private static FileStream? Hold(Home home)
    {
        try
        {
            return new FileStream(Path.Combine(home.Data, "host.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
