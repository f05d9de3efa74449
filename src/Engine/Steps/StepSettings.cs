using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Tapedeck.Engine.Steps;

/// <summary>Settings of steps (section <c>steps</c>).</summary>
public sealed record StepSettings
{
    /// <summary>How long an attempt may take where its kind does not say.</summary>
    [Description("How long one attempt of a step may take where its kind does not say otherwise; then it is tried again")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>How long until the second attempt; it doubles with each.</summary>
    [Description("How long until a step that failed is tried again; it doubles with every attempt")]
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest time between two attempts.</summary>
    [Description("The longest time between two attempts of a step")]
    public TimeSpan RetryDelayLimit { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>After how long a step that keeps failing waits for a person.</summary>
    [Description("After how long a step that keeps failing is given up: it then waits for a person (tapedeck steps)")]
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Attempts of one kind of step in the whole host at a time.</summary>
    [Description("Attempts of one kind of step that run at a time in the whole host, whatever the kind allows for each application")]
    [Range(1, 1000)]
    public int MaximumRunning { get; init; } = 16;

    /// <summary>How often the catalog is looked at for steps whose time has come, or that another process has changed.</summary>
    [Description("How often the catalog is looked at for steps whose time has come; new ones are seen at once")]
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(1);
}
