using Tapedeck.HookScript.Protocol;

namespace Tapedeck.Scripts;

/// <summary>The recording that a step is about, as the catalog knows it at the beginning of the attempt.</summary>
public sealed class ScriptRecording
{
    private readonly HostQuestions _questions;
    private readonly CancellationToken _cancellation;
    private readonly RecordingFacts _facts;
    private readonly Dictionary<string, string> _labels;

    internal ScriptRecording(RecordingFacts facts, HostQuestions questions, CancellationToken cancellation)
    {
        _facts = facts;
        _questions = questions;
        _cancellation = cancellation;
        _labels = new(facts.Labels, StringComparer.Ordinal);
    }

    /// <summary>Unique for ever.</summary>
    public Guid Id => _facts.Id;

    /// <summary>Its application.</summary>
    public string Application => _facts.Application;

    /// <summary>The application's instance.</summary>
    public string Instance => _facts.Instance;

    /// <summary>Its stream, as the publisher named it: not a file name.</summary>
    public string Stream => _facts.Stream;

    /// <summary>When it was accepted (UTC).</summary>
    public DateTimeOffset RequestedAt => _facts.RequestedAt;

    /// <summary>When its first file began (UTC); null before that.</summary>
    public DateTimeOffset? StartedAt => _facts.StartedAt;

    /// <summary>When it ended (UTC); null while it runs.</summary>
    public DateTimeOffset? EndedAt => _facts.EndedAt;

    /// <summary>Why it ended; null while it runs.</summary>
    public string? EndReason => _facts.EndReason;

    /// <summary>What went wrong; null when nothing did.</summary>
    public string? Error => _facts.Error;

    /// <summary>Its labels.</summary>
    public IReadOnlyDictionary<string, string> Labels => _labels;

    /// <summary>What happened to its time: gaps, leaps, reconnects, losses, in order.</summary>
    /// <exception cref="ScriptException">The catalog cannot be read now.</exception>
    public async Task<IReadOnlyList<LedgerEntry>> Ledger()
    {
        var answer = await _questions.AskAsync(AskKind.Ledger, null, null, _cancellation);
        return [.. (answer.Ledger ?? []).Select(l => new LedgerEntry(l.Cause, l.MediaTime, l.WallTime, l.Length, l.Detail))];
    }

    /// <summary>Sets a label; null takes it away. It is in the catalog when this is done.</summary>
    /// <exception cref="ScriptException">The key or value is too long or not printable.</exception>
    public async Task SetLabel(string key, string? value)
    {
        await _questions.AskAsync(AskKind.SetLabel, key, value, _cancellation);
        if (value is null)
            _labels.Remove(key);
        else
            _labels[key] = value;
    }
}

/// <summary>One entry of a recording's ledger.</summary>
/// <param name="Cause">What happened, such as <c>Gap</c>.</param>
/// <param name="MediaTime">Where on the recording's time line.</param>
/// <param name="WallTime">When (UTC).</param>
/// <param name="Length">How long.</param>
/// <param name="Detail">For people.</param>
public sealed record LedgerEntry(string Cause, TimeSpan MediaTime, DateTimeOffset WallTime, TimeSpan Length, string Detail);
