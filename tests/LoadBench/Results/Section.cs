namespace Tapedeck.LoadBench;

/// <summary>What a scenario found: a part of the document, and the goals it speaks about.</summary>
/// <param name="Name">Of its place in the document.</param>
/// <param name="Text">Markdown.</param>
/// <param name="Failed">Whether files or frames were wrong.</param>
internal sealed record Section(string Name, string Text, IReadOnlyList<Goal> Goals, bool Failed = false);
