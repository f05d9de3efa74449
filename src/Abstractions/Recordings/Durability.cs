namespace Tapedeck.Recordings;

/// <summary>How much of a recording a loss of power may take.</summary>
public enum Durability
{
    /// <summary>The system writes back when it likes; a file is synced when it is finished.</summary>
    None,

    /// <summary>Each fragment is on the medium before it becomes visible.</summary>
    Fragment,

    /// <summary>As fragment, and the write that makes it visible is synced too.</summary>
    Strict,
}
