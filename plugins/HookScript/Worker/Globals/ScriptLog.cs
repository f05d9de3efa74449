using Tapedeck.HookScript.Protocol;

namespace Tapedeck.Scripts;

/// <summary>Writes to the host's log, with the script's name before each line.</summary>
public sealed class ScriptLog
{
    private const int Longest = 8192;
    private readonly HostQuestions _questions;

    internal ScriptLog(HostQuestions questions) => _questions = questions;

    /// <summary>For who looks for an error; not shown by default.</summary>
    public void Debug(object? text) => Say(LineLevel.Debug, text);

    /// <summary>What was done.</summary>
    public void Info(object? text) => Say(LineLevel.Information, text);

    /// <summary>What somebody should look at.</summary>
    public void Warn(object? text) => Say(LineLevel.Warning, text);

    /// <summary>What went wrong. The step is done nevertheless unless the script throws.</summary>
    public void Error(object? text) => Say(LineLevel.Error, text);

    private void Say(LineLevel level, object? value)
    {
        var text = value?.ToString() ?? "";
        _questions.Say(level, text.Length > Longest ? text[..Longest] + "…" : text);
    }
}
