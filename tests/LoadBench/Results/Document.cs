using System.Text;

namespace Tapedeck.LoadBench;

/// <summary>
/// A Markdown document whose tables are made by scenarios and whose prose is not: a section stands between <c>&lt;!-- bench:NAME --&gt;</c> and
/// <c>&lt;!-- /bench --&gt;</c>, everything else is left as it is. The table of goals (<c>bench:goals</c>) has rows of all scenarios; those of a scenario
/// that runs again are replaced.
/// </summary>
internal static class Document
{
    private const string End = "<!-- /bench -->";
    private const string Goals = "goals";
    private const string GoalsHead = "| scenario | load | goal | measured | reached |\n| --- | --- | --- | --- | --- |\n";

    /// <summary>The document with this section instead of its last.</summary>
    /// <param name="order">All scenarios, as their goals are to be ordered.</param>
    /// <exception cref="InvalidOperationException">It has no place for the section, or for the goals.</exception>
    public static string Update(string document, Section section, IReadOnlyList<string> order)
    {
        document = Replace(document, section.Name, section.Text);
        var kept = Rows(Body(document, Goals)).Where(r => ScenarioOf(r) != section.Name);
        var rows = kept.Concat(section.Goals.Select(g => Row(section.Name, g))).OrderBy(r => IndexOf(order, ScenarioOf(r)));
        return Replace(document, Goals, GoalsHead + string.Join('\n', rows));
    }

    /// <summary>Goals as a table of their own.</summary>
    public static string Render(Section section) =>
        section.Goals.Count == 0 ? section.Text : $"{section.Text.TrimEnd()}\n\n{GoalsHead}{string.Join('\n', section.Goals.Select(g => Row(section.Name, g)))}\n";

    private static string Row(string scenario, Goal goal)
    {
        var reached = goal.Reached switch { true => "yes", false => "**no**", null => "–" };
        return $"| {scenario} | {goal.Load} | {goal.Wanted} | {goal.Measured} | {reached} |";
    }

    private static IEnumerable<string> Rows(string body) =>
        body.Split('\n').Where(l => l.StartsWith("| ", StringComparison.Ordinal)).Skip(2);

    private static string ScenarioOf(string row) => row.Split('|')[1].Trim();

    private static int IndexOf(IReadOnlyList<string> order, string name)
    {
        for (var i = 0; i < order.Count; i++)
        {
            if (order[i] == name)
                return i;
        }

        return order.Count;
    }

    private static string Body(string document, string name)
    {
        var (start, end) = Find(document, name);
        return document[start..end];
    }

    private static string Replace(string document, string name, string text)
    {
        var (start, end) = Find(document, name);
        return new StringBuilder(document[..start]).Append('\n').Append(text.Trim()).Append("\n\n").Append(document, end, document.Length - end).ToString();
    }

    private static (int Start, int End) Find(string document, string name)
    {
        var mark = $"<!-- bench:{name} -->\n";
        var start = document.IndexOf(mark, StringComparison.Ordinal);
        var end = start < 0 ? -1 : document.IndexOf(End, start, StringComparison.Ordinal);
        if (end < 0)
            throw new InvalidOperationException($"The document has no place for the tables of '{name}': put two lines, '{mark.TrimEnd()}' and '{End}', where they belong.");
        return (start + mark.Length, end);
    }
}
