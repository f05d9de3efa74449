using Tapedeck.Connections;

namespace Tapedeck.Modules;

/// <summary>
/// Marks a method that answers a client's command of this name (RTMP invoke). Signature:
/// <c>ValueTask&lt;CommandResult&gt; M(CommandCall call, CancellationToken cancellationToken)</c>. Of several modules that define a
/// command the last in the application's list answers.
/// </summary>
/// <param name="name">The command's name; compared exactly.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class CommandAttribute(string name) : Attribute
{
    /// <summary>The command's name.</summary>
    public string Name { get; } = name;
}

/// <summary>A client's command and its arguments, in the order of the wire.</summary>
public sealed class CommandCall
{
    private readonly Func<CommandCall, CancellationToken, ValueTask<CommandResult>>? _previous;

    /// <summary>Made by the host, and by tests.</summary>
    /// <param name="name">The command's name.</param>
    /// <param name="client">Who sent it.</param>
    /// <param name="commandObject">The value before the arguments, usually null.</param>
    /// <param name="arguments">The arguments.</param>
    /// <param name="previous">Answers when the module passes the command up; null when nobody is left.</param>
    public CommandCall(
        string name,
        IClientConnection client,
        object? commandObject,
        CommandArguments arguments,
        Func<CommandCall, CancellationToken, ValueTask<CommandResult>>? previous = null)
    {
        Name = name;
        Client = client;
        CommandObject = commandObject;
        Arguments = arguments;
        _previous = previous;
    }

    /// <summary>The command's name.</summary>
    public string Name { get; }

    /// <summary>Who sent it.</summary>
    public IClientConnection Client { get; }

    /// <summary>The value before the arguments (RTMP: the command object), usually null.</summary>
    public object? CommandObject { get; }

    /// <summary>The arguments.</summary>
    public CommandArguments Arguments { get; }

    /// <summary>Lets the module before this one in the list answer (Wowza: invokePrevious).</summary>
    public ValueTask<CommandResult> PassUpAsync(CancellationToken cancellationToken) =>
        _previous is null ? new(CommandResult.NotHandled) : _previous(this, cancellationToken);

    /// <summary>The same call with somebody else behind it; used by the host to chain modules.</summary>
    public CommandCall WithPrevious(Func<CommandCall, CancellationToken, ValueTask<CommandResult>>? previous) =>
        new(Name, Client, CommandObject, Arguments, previous);
}

/// <summary>
/// Arguments of a command. A value is null, bool, double, string, <see cref="DateTimeOffset"/>, a
/// <see cref="IReadOnlyDictionary{TKey, TValue}">dictionary</see> of string to value (object) or a
/// <see cref="IReadOnlyList{T}">list</see> of values (array). Keys of objects compare without case.
/// </summary>
public sealed class CommandArguments(IReadOnlyList<object?> values)
{
    /// <summary>No arguments.</summary>
    public static CommandArguments None { get; } = new([]);

    /// <summary>All values, in order.</summary>
    public IReadOnlyList<object?> Values { get; } = values;

    /// <summary>How many there are.</summary>
    public int Count => Values.Count;

    /// <summary>The value at <paramref name="index"/>; null when there is none.</summary>
    public object? this[int index] => index >= 0 && index < Values.Count ? Values[index] : null;

    /// <summary>The string at <paramref name="index"/>; null when it is something else or absent.</summary>
    public string? GetString(int index) => this[index] as string;

    /// <summary>The object at <paramref name="index"/>; null when it is something else or absent.</summary>
    public IReadOnlyDictionary<string, object?>? GetObject(int index) => this[index] as IReadOnlyDictionary<string, object?>;
}

/// <summary>How a command was answered.</summary>
public sealed record CommandResult
{
    private CommandResult() { }

    /// <summary>False when no module knew the command; the protocol then answers in its own way.</summary>
    public bool IsHandled { get; private init; }

    /// <summary>Error code (RTMP: <c>code</c> of the <c>_error</c>), null for success.</summary>
    public string? ErrorCode { get; private init; }

    /// <summary>What is wrong and how to mend it; null for success.</summary>
    public string? ErrorDescription { get; private init; }

    /// <summary>The result; a value as described at <see cref="CommandArguments"/>.</summary>
    public object? Value { get; private init; }

    /// <summary>True for a result, false for an error or when nobody answered.</summary>
    public bool IsSuccess => IsHandled && ErrorCode is null;

    /// <summary>Nobody answered.</summary>
    public static CommandResult NotHandled { get; } = new();

    /// <summary>A result (RTMP <c>_result</c>).</summary>
    public static CommandResult Ok(object? value = null) => new() { IsHandled = true, Value = value };

    /// <summary>An error (RTMP <c>_error</c>).</summary>
    public static CommandResult Error(string code, string description) =>
        new() { IsHandled = true, ErrorCode = code, ErrorDescription = description };
}
