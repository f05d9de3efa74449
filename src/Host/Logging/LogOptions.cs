using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Events;

namespace Tapedeck.Host.Logging;

/// <summary>Settings of the log (section <c>log</c>).</summary>
internal sealed record LogOptions
{
    [Description("Least level that is logged")]
    public LogLevel Level { get; init; } = LogLevel.Information;

    [Description("Whether the log also goes to logs/ in the home, a file a day")]
    public bool ToFile { get; init; } = true;

    [Description("Days that log files are kept")]
    [Range(1, 3650)]
    public int KeepDays { get; init; } = 14;

    [Description("Size at which a day's log file is ended and the next one begun")]
    [Range(65536, 1L << 32)]
    public long FileBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>The log on standard error and, when asked for, in a folder that can be written.</summary>
    public ILoggerFactory Create(string folder)
    {
        var configuration = new LoggerConfiguration()
            .MinimumLevel.Is(Level switch
            {
                LogLevel.Trace => LogEventLevel.Verbose,
                LogLevel.Debug => LogEventLevel.Debug,
                LogLevel.Information => LogEventLevel.Information,
                LogLevel.Warning => LogEventLevel.Warning,
                LogLevel.Error => LogEventLevel.Error,
                _ => LogEventLevel.Fatal,
            })
            .WriteTo.Console(new LogLine(), standardErrorFromLevel: LogEventLevel.Verbose);
        if (ToFile)
        {
            configuration.WriteTo.File(
                new LogLine(), Path.Combine(folder, "tapedeck-.log"), rollingInterval: RollingInterval.Day,
                fileSizeLimitBytes: FileBytes, rollOnFileSizeLimit: true, retainedFileCountLimit: null, retainedFileTimeLimit: TimeSpan.FromDays(KeepDays));
        }

        var logger = configuration.CreateLogger();
        return LoggerFactory.Create(builder => builder.SetMinimumLevel(Level).AddSerilog(logger, dispose: true));
    }
}
