namespace Tapedeck.LiveStreamRecord;

/// <summary>The command cannot be done as it was sent; answered as an error, in one place.</summary>
internal sealed class CommandException(string code, string message) : Exception(message)
{
    public string Code { get; } = code;

    /// <summary>Something in the arguments cannot be read.</summary>
    public static CommandException Unreadable(string message) => new(StatusCode.Failed, message);
}
