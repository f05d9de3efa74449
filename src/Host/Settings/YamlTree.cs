using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Tapedeck.Host.Settings;

/// <summary>
/// Reads one YAML document through the parser's event stream, which alone allows to limit depth before anything recurses. Aliases and
/// tags are refused: configuration needs neither, and they are how a small file becomes a large or a strange one.
/// </summary>
internal sealed class YamlTree
{
    public const int MaximumBytes = 256 * 1024;
    public const int MaximumDepth = 64;

    private readonly Parser _parser;
    private readonly string _file;
    private int _depth;

    private YamlTree(string file, string text)
    {
        _file = file;
        _parser = new Parser(new StringReader(text));
    }

    /// <summary>The file's top-level section, empty for an empty file.</summary>
    /// <exception cref="ConfigurationException">It cannot be read, is not YAML, or uses what is refused here.</exception>
    public static YamlMap Load(string path) => Parse(path, TextFile.ReadUtf8(path, MaximumBytes));

    /// <summary>The same for text that <paramref name="file"/> is said to hold.</summary>
    public static YamlMap Parse(string file, string text)
    {
        try
        {
            return new YamlTree(file, text).ReadDocument();
        }
        catch (YamlException e)
        {
            throw new ConfigurationException(At(file, e.Start), $"not valid YAML: {Reason(e)}");
        }
        catch (Exception e) when (e is not (ConfigurationException or OutOfMemoryException))
        {
            // The parser has bugs of its own (index errors on broken escapes); they are the file's fault all the same.
            throw new ConfigurationException(new SourceLocation(file), $"not valid YAML: {e.Message}");
        }
    }

    private YamlMap ReadDocument()
    {
        Next<StreamStart>();
        _parser.MoveNext();
        if (_parser.Current is StreamEnd) return new YamlMap([], new SourceLocation(_file, 1, 1));
        _parser.MoveNext();
        var root = ReadNode();
        Next<DocumentEnd>();
        _parser.MoveNext();
        if (_parser.Current is not StreamEnd)
            throw Refuse(_parser.Current!.Start, "a second document begins here; keep one document in a file");
        return root switch
        {
            YamlMap map => map,
            YamlScalar { IsNull: true } => new YamlMap([], root.Location),
            _ => throw new ConfigurationException(root.Location, $"the file must hold settings (name: value), not {root.Kind}"),
        };
    }

    private T Next<T>()
        where T : ParsingEvent
    {
        if (_parser.Current is null or not T) _parser.MoveNext();
        return _parser.Current as T ?? throw new ConfigurationException(new SourceLocation(_file), "the file ends unexpectedly");
    }

    /// <summary>Reads the node at the parser's position and moves past it.</summary>
    private YamlNode ReadNode()
    {
        var here = _parser.Current ?? throw new ConfigurationException(new SourceLocation(_file), "the file ends unexpectedly");
        if (here is AnchorAlias alias)
            throw Refuse(alias.Start, $"the alias '*{alias.Value}' is not allowed; write the value out");
        if (here is NodeEvent { Tag.IsEmpty: false } tagged)
            throw Refuse(tagged.Start, "tags (!…) are not allowed; write the plain value");
        switch (here)
        {
            case Scalar scalar:
                _parser.MoveNext();
                return new YamlScalar(scalar.Value, scalar.Style == ScalarStyle.Plain, At(_file, scalar.Start));
            case SequenceStart:
                return ReadList(At(_file, here.Start));
            case MappingStart:
                return ReadMap(At(_file, here.Start));
            default:
                throw Refuse(here.Start, "a value was expected here");
        }
    }

    private YamlList ReadList(SourceLocation location)
    {
        Enter(location);
        var items = new List<YamlNode>();
        while (_parser.Current is not SequenceEnd) items.Add(ReadNode());
        Leave();
        return new YamlList(items, location);
    }

    private YamlMap ReadMap(SourceLocation location)
    {
        Enter(location);
        var entries = new List<YamlEntry>();
        var seen = new Dictionary<string, SourceLocation>(StringComparer.OrdinalIgnoreCase);
        while (_parser.Current is not MappingEnd)
        {
            if (ReadNode() is not YamlScalar key)
                throw new ConfigurationException(location, "a name in this section is not plain text");
            if (!seen.TryAdd(key.Text, key.Location))
                throw new ConfigurationException(key.Location, $"'{key.Text}' stands twice, first in line {seen[key.Text].Line}; remove one");
            entries.Add(new YamlEntry(key.Text, key.Location, ReadNode()));
        }
        Leave();
        return new YamlMap(entries, location);
    }

    private void Enter(SourceLocation location)
    {
        if (++_depth > MaximumDepth)
            throw new ConfigurationException(location, $"nested deeper than {MaximumDepth} levels");
        _parser.MoveNext();
    }

    private void Leave()
    {
        _depth--;
        _parser.MoveNext();
    }

    private ConfigurationException Refuse(Mark mark, string message) => new(At(_file, mark), message);

    private static SourceLocation At(string file, Mark mark) => new(file, (int)mark.Line, (int)mark.Column);

    private static string Reason(YamlException e)
    {
        var message = (e.InnerException ?? e).Message;
        // Older messages begin with the position, which the caller shows in its own form.
        var end = message.StartsWith('(') ? message.IndexOf("): ", StringComparison.Ordinal) : -1;
        return end < 0 ? message : message[(end + 3)..];
    }
}
