using System.Globalization;

namespace Tapedeck.Engine.Naming;

/// <summary>What a new recording does when its name is taken. No existing file is ever lost by any of these.</summary>
public enum Versioning
{
    /// <summary>The new file takes the next free number: <c>name_1</c>, <c>name_2</c>, ….</summary>
    NumberNew,

    /// <summary>The existing file is renamed to the next free of <c>name_0</c>, <c>name_1</c>, … and the new one is called <c>name</c> (Wowza's add-on 2.x).</summary>
    RenameOldFromZero,

    /// <summary>The same from <c>name_1</c> (Wowza's StreamRecorderSimpleFileVersionDelegate).</summary>
    RenameOldFromOne,

    /// <summary>The new file is called after a template, by default with its start time (Wowza's StreamRecorderFileVersionDelegate).</summary>
    StampNew,

    /// <summary>The new file is the next part: <c>name_part0000</c>, <c>name_part0001</c>, … from the first one on.</summary>
    Parts,
}

/// <summary>An existing file that has to be renamed before the new one is made.</summary>
public readonly record struct PlannedRename(string From, string To);

/// <summary>What is to be done.</summary>
/// <param name="Name">The name of the new file.</param>
/// <param name="Renames">To be carried out first, in this order.</param>
public sealed record VersionPlan(string Name, IReadOnlyList<PlannedRename> Renames);

/// <summary>Plans names of new versions. Touches no disk: whoever carries a plan out makes the file exclusively, and plans again if somebody was faster.</summary>
public static class VersionPlanner
{
    /// <summary>The template of <see cref="Versioning.StampNew"/> that Wowza has.</summary>
    public const string DefaultStamp = "{baseName}_{startTime}_{sequence}";

    private static readonly NameTemplate Stamp = NameTemplate.Parse(DefaultStamp);

    /// <summary>Plans.</summary>
    /// <param name="versioning">How.</param>
    /// <param name="name">The name that was asked for, without extension.</param>
    /// <param name="exists">Whether a file of a name is there. A disk that does not tell letters by case must not here either.</param>
    /// <param name="values">For the template; its base name is replaced by <paramref name="name"/>.</param>
    /// <param name="stamp">Template of <see cref="Versioning.StampNew"/>.</param>
    public static VersionPlan Plan(Versioning versioning, string name, Func<string, bool> exists, NameValues? values = null, NameTemplate? stamp = null)
    {
        if (versioning == Versioning.Parts)
            return new VersionPlan(Free(n => Numbered(name + "_part", n, 4), 0, exists), []);
        if (!exists(name))
            return new VersionPlan(name, []);
        return versioning switch
        {
            Versioning.RenameOldFromZero => new VersionPlan(name, [new PlannedRename(name, Free(n => Numbered(name + "_", n, 1), 0, exists))]),
            Versioning.RenameOldFromOne => new VersionPlan(name, [new PlannedRename(name, Free(n => Numbered(name + "_", n, 1), 1, exists))]),
            Versioning.StampNew => new VersionPlan(Stamped(name, exists, values ?? new NameValues(), stamp ?? Stamp), []),
            _ => new VersionPlan(Free(n => Numbered(name + "_", n, 1), 1, exists), []),
        };
    }

    private static string Stamped(string name, Func<string, bool> exists, NameValues values, NameTemplate template)
    {
        values = values with { BaseName = name };
        var stamped = template.Format(values);
        if (!exists(stamped))
            return stamped;
        // A template without a number, or a second start in one millisecond.
        var numbered = template.Uses("sequence") ? TryFree(n => template.Format(values with { Sequence = n }), values.Sequence + 1, exists) : null;
        return numbered ?? Free(n => Numbered(stamped + "_", n, 1), 1, exists);
    }

    private static string Free(Func<long, string> name, long from, Func<string, bool> exists) =>
        TryFree(name, from, exists) ?? throw new InvalidOperationException($"A thousand million versions like '{name(from)}' exist.");

    /// <summary>Null when the numbers seem to have no end: a name that was cut to a length may have lost its number.</summary>
    private static string? TryFree(Func<long, string> name, long from, Func<string, bool> exists)
    {
        // Doubling steps, then halving them: a folder with 100,000 versions costs 34 looks. With gaps in the numbers it may end in one.
        long step = 1, low = from;
        while (exists(name(low + step - 1)))
        {
            low += step;
            step *= 2;
            if (step > 1_000_000_000)
                return null;
        }

        var high = low + step - 1;
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (exists(name(middle)))
                low = middle + 1;
            else
                high = middle;
        }

        return name(high);
    }

    private static string Numbered(string stem, long number, int digits) => stem + number.ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0');
}
