using Tapedeck.Modules;

namespace Tapedeck.LiveStreamRecord;

/// <summary>
/// What a command says, whichever way it was laid out. How nanoStream flattens its command object is not established, so each of these is
/// understood, with or without nulls in between, and whether the first value stands in the command object's place or behind it:
/// <code>
///   "name", { options }
///   { streamName: "name", cmd2: { options } }
///   { streamName: "name", options… }
///   "name"
///   { options }
///   (nothing)
/// </code>
/// Later values go before earlier ones, <c>cmd2</c> before what is beside it, a name of its own before <c>streamName</c>.
/// </summary>
/// <param name="Stream">The stream it names; null when it names none.</param>
/// <param name="Options">Everything else, by key without case.</param>
internal sealed record CommandInput(StreamReference? Stream, IReadOnlyDictionary<string, object?> Options)
{
    private const string NameKey = "streamName";
    private const string NestedKey = "cmd2";

    /// <exception cref="CommandException">It is laid out in none of these ways.</exception>
    public static CommandInput Read(CommandCall call)
    {
        string? name = null;
        var options = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
        foreach (var value in call.Arguments.Values.Prepend(call.CommandObject))
        {
            switch (value)
            {
                case null or "":
                    break;
                case string text when name is null:
                    name = text;
                    break;
                case string text:
                    throw CommandException.Unreadable($"{call.Name} got two names, {Quote.One(name)} and {Quote.One(text)}; give one stream name and then an object with options.");
                case IReadOnlyDictionary<string, object?> members:
                    Merge(members, options);
                    break;
                default:
                    throw CommandException.Unreadable($"{call.Name} got {Describe(value)}; give a stream name (text) and then an object with options, each of which may be left out.");
            }
        }

        if (options.Remove(NameKey, out var named))
            name ??= ReadName(named);
        return new CommandInput(name is null ? null : StreamReference.Parse(name), options);
    }

    public static string Describe(object? value) => value switch
    {
        string text => $"the text {Quote.One(text)}",
        bool => "a boolean",
        double number => $"the number {number}",
        DateTimeOffset => "a date",
        IReadOnlyDictionary<string, object?> => "an object",
        IReadOnlyList<object?> => "an array",
        _ => "a value of an unknown kind",
    };

    private static void Merge(IReadOnlyDictionary<string, object?> members, Dictionary<string, object?> options)
    {
        object? nested = null;
        foreach (var (key, value) in members)
        {
            if (key.Equals(NestedKey, StringComparison.OrdinalIgnoreCase))
                nested = value;
            else
                options[key] = value;
        }

        switch (nested)
        {
            case null:
                return;
            case IReadOnlyDictionary<string, object?> inner:
                foreach (var (key, value) in inner)
                    options[key] = value;
                return;
            default:
                throw CommandException.Unreadable($"{NestedKey} is {Describe(nested)}; it must be an object with options.");
        }
    }

    private static string? ReadName(object? value) => value switch
    {
        null or "" => null,
        string text => text,
        _ => throw CommandException.Unreadable($"{NameKey} is {Describe(value)}; it must be a text."),
    };
}
