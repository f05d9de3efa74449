using Tapedeck.Steps;

namespace Tapedeck.Host.Steps;

/// <summary>
/// <c>delete-local</c>: removes a recorded file when all steps before it are done. An upload that is listed before has then been verified; one that was
/// given up holds this step back.
/// </summary>
internal static class DeleteLocalStep
{
    public const string Name = "delete-local";

    public static readonly StepKind Kind = new(Name);

    public static async ValueTask<StepResult> RunAsync(StepCall step, CancellationToken cancellationToken)
    {
        if (step.File is not { } file)
            return StepResult.Fail($"The event {step.Definition.On} has no file; list {Name} without 'on'.");
        await step.DeleteFileAsync(cancellationToken);
        return StepResult.Done($"removed {file.Path}");
    }
}
