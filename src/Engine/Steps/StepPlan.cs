using Tapedeck.Engine.Catalog;
using Tapedeck.Steps;

namespace Tapedeck.Engine.Steps;

/// <summary>The steps of one application instance, in the order of its list. Immutable.</summary>
public sealed class StepPlan
{
    private readonly IReadOnlyList<(StepDefinition Definition, bool InOrder)> _steps;

    /// <param name="steps">As the application lists them, and whether steps of their kind wait for each other.</param>
    public StepPlan(IEnumerable<(StepDefinition Definition, bool InOrder)> steps) => _steps = [.. steps];

    /// <summary>Nothing is to be done.</summary>
    public static StepPlan Empty { get; } = new([]);

    /// <summary>All of them.</summary>
    public IEnumerable<StepDefinition> Steps => _steps.Select(s => s.Definition);

    /// <summary>What is to be done because of an event.</summary>
    /// <param name="on">The event.</param>
    /// <param name="recording">Of which recording.</param>
    /// <param name="file">Of which of its files.</param>
    /// <param name="at">When.</param>
    /// <param name="cause">The step whose end it is.</param>
    public IReadOnlyList<NewStep> For(StepEvent on, Guid recording, Guid? file, DateTimeOffset at, Guid? cause = null)
    {
        List<NewStep>? steps = null;
        for (var place = 0; place < _steps.Count; place++)
        {
            var (definition, inOrder) = _steps[place];
            if (definition.On == on)
                (steps ??= []).Add(new NewStep(Guid.CreateVersion7(at), recording, definition, place, at) { File = file, Cause = cause, InOrder = inOrder });
        }

        return steps ?? (IReadOnlyList<NewStep>)[];
    }
}
