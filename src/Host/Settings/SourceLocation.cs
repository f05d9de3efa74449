namespace Tapedeck.Host.Settings;

/// <summary>A place in a file, counted from 1; line 0 means the file as a whole.</summary>
internal readonly record struct SourceLocation(string File, int Line = 0, int Column = 0)
{
    public override string ToString() => Line == 0 ? File : $"{File}:{Line}:{Column}";
}
