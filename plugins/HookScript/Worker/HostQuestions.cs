using System.Collections.Concurrent;
using Tapedeck.HookScript.Protocol;

namespace Tapedeck.Scripts;

/// <summary>What scripts ask of the host, so that the catalog stays true.</summary>
internal sealed class HostQuestions(MessageStream channel)
{
    private readonly ConcurrentDictionary<int, TaskCompletionSource<AnswerMessage>> _open = new();
    private int _last;

    /// <exception cref="ScriptException">The host says no; the message tells why.</exception>
    public async Task<AnswerMessage> AskAsync(AskKind kind, string? key, string? value, CancellationToken cancellationToken)
    {
        var number = Interlocked.Increment(ref _last);
        var source = new TaskCompletionSource<AnswerMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        _open[number] = source;
        try
        {
            await channel.SendAsync(new AskMessage(number, kind, key, value), cancellationToken);
            var answer = await source.Task.WaitAsync(cancellationToken);
            return answer.Error is null ? answer : throw new ScriptException(answer.Error);
        }
        finally
        {
            _open.TryRemove(number, out _);
        }
    }

    public void Say(LineLevel level, string text) => channel.Send(new LogMessage(level, text));

    public void Answer(AnswerMessage answer)
    {
        if (_open.TryGetValue(answer.Number, out var source))
            source.TrySetResult(answer);
    }
}
