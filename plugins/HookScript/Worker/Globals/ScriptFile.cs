using Tapedeck.HookScript.Protocol;

namespace Tapedeck.Scripts;

/// <summary>The file that a step is about. Moving, copying and removing go through the host, so that the catalog stays true; the class of .NET is <c>System.IO.File</c>.</summary>
public sealed class ScriptFile
{
    private readonly HostQuestions _questions;
    private readonly CancellationToken _cancellation;
    private FileFacts _facts;

    internal ScriptFile(FileFacts facts, HostQuestions questions, CancellationToken cancellation)
    {
        _facts = facts;
        _questions = questions;
        _cancellation = cancellation;
    }

    /// <summary>Unique for ever.</summary>
    public Guid Id => _facts.Id;

    /// <summary>Its place in the recording, from 0.</summary>
    public int Sequence => _facts.Sequence;

    /// <summary>Absolute path; the new one after <see cref="MoveTo"/>.</summary>
    public string Path => _facts.Path;

    /// <summary>Name with extension.</summary>
    public string Name => System.IO.Path.GetFileName(_facts.Path);

    /// <summary>Name without extension.</summary>
    public string BaseName => System.IO.Path.GetFileNameWithoutExtension(_facts.Path);

    /// <summary>Its absolute folder.</summary>
    public string Folder => System.IO.Path.GetDirectoryName(_facts.Path)!;

    /// <summary>Container, such as <c>mp4</c>.</summary>
    public string Format => _facts.Format;

    /// <summary>Size in bytes.</summary>
    public long Bytes => _facts.Bytes;

    /// <summary>How long it plays.</summary>
    public TimeSpan Duration => _facts.Duration;

    /// <summary>Wall clock of its first frame (UTC).</summary>
    public DateTimeOffset StartedAt => _facts.StartedAt;

    /// <summary>Moves it, also to another disk; the catalog follows. <see cref="Path"/> is the new place afterwards.</summary>
    /// <param name="path">Absolute, or relative to the file's folder; below the application's storage directory or one of its <c>stepDirectories</c>.</param>
    /// <exception cref="ScriptException">The place is not allowed or taken, or the disk refuses.</exception>
    public async Task MoveTo(string path) => Follow(await _questions.AskAsync(AskKind.MoveFile, null, path, _cancellation));

    /// <summary>Copies it to a place as <see cref="MoveTo"/> allows; a file of the same content there counts as done.</summary>
    /// <returns>Absolute path of the copy.</returns>
    /// <exception cref="ScriptException">As for <see cref="MoveTo"/>.</exception>
    public async Task<string> CopyTo(string path) => (await _questions.AskAsync(AskKind.CopyFile, null, path, _cancellation)).Path!;

    /// <summary>Removes it from disk; its row stays and says by which step. One that is gone already is no error.</summary>
    /// <exception cref="ScriptException">The disk refuses.</exception>
    public async Task Delete() => Follow(await _questions.AskAsync(AskKind.DeleteFile, null, null, _cancellation));

    /// <summary>Its path.</summary>
    public override string ToString() => Path;

    private void Follow(AnswerMessage answer) => _facts = answer.File ?? _facts;
}
