using Tapedeck.Host.Settings;
using Tapedeck.Steps;

namespace Tapedeck.Host.Applications;

/// <summary>What an application wants done after its recordings.</summary>
/// <param name="steps">As listed.</param>
/// <param name="properties">Of the application.</param>
/// <param name="error">Takes what cannot be used, with its place.</param>
internal sealed class StepProperties(IReadOnlyList<StepConfig> steps, ApplicationProperties properties, Action<SourceLocation, string> error)
{
    private const string On = "on";

    private static readonly Dictionary<string, StepEvent> Events = Enum.GetValues<StepEvent>().ToDictionary(e => e.ToString(), e => e, StringComparer.OrdinalIgnoreCase);

    public IReadOnlyList<StepEntry> ReadSteps()
    {
        var entries = new List<StepEntry>();
        foreach (var step in steps)
        {
            if (step.Kind.Length == 0 || !step.Kind.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'))
            {
                error(step.Location, $"{ValueText.Quoted(step.Kind)} is no kind of step; kinds are lower-case words such as script, s3-upload, webhook, delete-local");
                continue;
            }

            var definition = new StepDefinition(step.Kind, string.IsNullOrEmpty(step.Argument) ? null : step.Argument) { On = EventOf(step), Options = OptionsOf(step) };
            if (step.Kind == Steps.DeleteLocalStep.Name && !entries.Exists(e => e.Definition.On == StepEvent.FileClosed))
                error(step.Location, $"{step.Kind} removes the file after the steps before it, but there is none; list it behind the step that keeps a copy");
            entries.Add(new StepEntry(definition, step.Location));
        }

        return entries;
    }

    public IReadOnlyList<string> ReadDirectories()
    {
        if (properties.Find("stepDirectories") is not { Value.Length: > 0 } property)
            return [];
        var folders = property.Value.Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        foreach (var folder in folders.Where(f => !Path.IsPathFullyQualified(f)))
            error(property.Location, $"stepDirectories: {ValueText.Quoted(folder)} is no absolute path; write folders as /archive|/mnt/nas");
        return folders;
    }

    private StepEvent EventOf(StepConfig step)
    {
        foreach (var (name, value) in step.Options)
        {
            if (!name.Equals(On, StringComparison.OrdinalIgnoreCase))
                continue;
            if (Events.TryGetValue(value.Text, out var on))
                return on;
            error(value.Location, $"there is no event {ValueText.Quoted(value.Text)}{Nearest.HintOrAll(value.Text, Events.Keys)}");
        }

        return StepEvent.FileClosed;
    }

    private static Dictionary<string, string> OptionsOf(StepConfig step)
    {
        var options = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in step.Options)
        {
            if (!name.Equals(On, StringComparison.OrdinalIgnoreCase))
                options[name] = value.Text;
        }

        return options;
    }
}
