using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Tapedeck.Engine.Recording;

/// <summary>
/// Remembers on which mount point each storage directory was. A directory that was on a disk of its own and now is a folder of the disk below has
/// lost its mount: what would be written there would fill the wrong disk and hide when the right one returns. Safe for use by any thread.
/// </summary>
public sealed partial class MountMemory
{
    private readonly Lock _gate = new();
    private readonly string _path;
    private readonly ILogger _logger;
    private readonly Dictionary<string, string> _mounts;

    /// <summary>Reads what is remembered; a file that cannot be read is as good as none.</summary>
    /// <param name="path">The file that keeps it.</param>
    /// <param name="logger">Gets a line when it cannot be kept.</param>
    public MountMemory(string path, ILogger logger)
    {
        _path = path;
        _logger = logger;
        try
        {
            _mounts = File.Exists(path) ? JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(path)) ?? [] : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            LogFailed(logger, path, e.Message);
            _mounts = [];
        }
    }

    /// <summary>The mount point that a storage directory belongs to: the present one, unless it was on a deeper one before.</summary>
    public string Expect(string directory, string present)
    {
        lock (_gate)
        {
            if (_mounts.TryGetValue(directory, out var known) && (known == present || known.Length > present.Length))
                return known;
            _mounts[directory] = present;
            Save();
            return present;
        }
    }

    private void Save()
    {
        try
        {
            var next = _path + ".new";
            File.WriteAllText(next, JsonSerializer.Serialize(_mounts));
            File.Move(next, _path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogFailed(_logger, _path, e.Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The mount points of storage directories cannot be remembered in {Path}: {Reason}")]
    private static partial void LogFailed(ILogger logger, string path, string reason);
}
