using System.Globalization;

namespace Tapedeck.LoadBench;

/// <summary>Something that must be reached, and whether it is.</summary>
/// <param name="Load">What was done.</param>
/// <param name="Wanted">The goal in words.</param>
/// <param name="Measured">What came out, in words.</param>
/// <param name="Reached">Null: it was not measured, and <paramref name="Measured"/> says why.</param>
internal sealed record Goal(string Load, string Wanted, string Measured, bool? Reached)
{
    /// <param name="form">How the figure is written; its unit may stand in it, in quotes.</param>
    /// <param name="missing">Why it is not a number, if so.</param>
    public static Goal AtMost(string load, string wanted, double measured, double most, string form = "0.00 ×", string missing = "not measured") =>
        Of(load, wanted, measured, measured <= most, form, missing);

    /// <inheritdoc cref="AtMost"/>
    public static Goal AtLeast(string load, string wanted, double measured, double least, string form = "0.00 ×", string missing = "not measured") =>
        Of(load, wanted, measured, measured >= least, form, missing);

    private static Goal Of(string load, string wanted, double measured, bool reached, string form, string missing) =>
        double.IsFinite(measured) ? new(load, wanted, measured.ToString(form, CultureInfo.InvariantCulture), reached) : new(load, wanted, missing, null);
}
