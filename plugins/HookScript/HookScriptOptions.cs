using System.ComponentModel.DataAnnotations;
using Tapedeck.Modules;

namespace Tapedeck.HookScript;

/// <summary>Settings of scripts and programs that run after a recording: the application's properties <c>hookScriptAfterRecord</c>, <c>hookScriptTimeout</c>, ….</summary>
[ModuleOptions("hookScript")]
public sealed class HookScriptOptions
{
    /// <summary>The script that runs for each file though the application lists none, when it exists; a file of the folder <c>scripts</c>. Empty: none.</summary>
    public string AfterRecord { get; set; } = DefaultAfterRecord;

    /// <summary>How many scripts, and how many programs, of an application instance run at a time; each running script has a process of its own.</summary>
    [Range(1, 64)]
    public int Workers { get; set; } = 2;

    /// <summary>How long one attempt may take; then it is killed and tried again.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "7.00:00:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Memory of a worker process, without the programs that a script starts; one that has more is killed and its step tried again.</summary>
    [Range(64L * 1024 * 1024, 1L << 40)]
    public long MemoryBytes { get; set; } = 512L * 1024 * 1024;

    /// <summary>A worker process that had nothing to do for so long, while nothing is recorded, ends.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Idle { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Names of further environment variables that scripts and programs get from the host, with commas between. Without it they see PATH, HOME, TMPDIR, LANG and TZ: what the
    /// host was started with may hold secrets.
    /// </summary>
    public string Environment { get; set; } = "";

    internal const string DefaultAfterRecord = "after-record.csx";
}
