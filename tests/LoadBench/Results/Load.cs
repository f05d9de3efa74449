namespace Tapedeck.LoadBench;

/// <summary>One load on one server.</summary>
/// <param name="Kind">Which server: see <see cref="Programs.Kinds"/>.</param>
/// <param name="Publishers">How many.</param>
internal sealed record Load(string Kind, int Publishers)
{
    /// <summary>Of the pictures; sound comes on top with 128.</summary>
    public int Kilobits { get; init; } = 2370;

    /// <summary>That count, of a paced load.</summary>
    public int Seconds { get; init; } = 30;

    /// <summary>Before that.</summary>
    public int WarmUp { get; init; } = 5;

    /// <summary>Bytes for each publisher, as fast as they are taken; 0: paced.</summary>
    public long Flat { get; init; }

    /// <summary>RTMPS.</summary>
    public bool Secure { get; init; }

    /// <summary>RTMP viewers, spread over the publishers.</summary>
    public int Viewers { get; init; }

    /// <summary>Recordings of each stream; more than one are asked for by a module.</summary>
    public int Recordings { get; init; } = 1;

    /// <summary>Whether system calls are counted after the measured time.</summary>
    public bool CountCalls { get; init; }

    /// <summary>What a table calls it.</summary>
    public string Name => Kind + (Secure ? ", TLS" : "");

    /// <summary>Mbit/s of each publisher.</summary>
    public double Megabits => (Kilobits + 128) / 1000.0;
}
