namespace Tapedeck.Modules;

/// <summary>The answer of a module that was asked before something happens.</summary>
public readonly record struct Decision
{
    private Decision(string? reason) => Reason = reason;

    /// <summary>Why it was refused, in words for the person at the encoder; null when allowed.</summary>
    public string? Reason { get; }

    /// <summary>True unless refused.</summary>
    public bool IsAllowed => Reason is null;

    /// <summary>Go on; the next module is asked.</summary>
    public static Decision Allow => default;

    /// <summary>Stop; no further module is asked and the client is told <paramref name="reason"/>.</summary>
    public static Decision Refuse(string reason)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        return new Decision(reason);
    }

    /// <summary>Allowed, or refused with the reason.</summary>
    public override string ToString() => Reason is null ? "allowed" : "refused: " + Reason;
}
