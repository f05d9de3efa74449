using System.Buffers.Text;
using System.Text;
using Tapedeck.Engine.Recording;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Naming;

/// <summary>
/// A template for names of recordings: <c>{stream}/{startTime@Europe/Berlin:yyyy/MM/dd}/{stream,30}_{sequence:000}</c>. Read once; formatting never fails
/// and always yields a name that <see cref="StorageName"/> takes. Immutable.
/// </summary>
/// <remarks>
/// A variable is <c>{name}</c>, for times <c>{name@zone:format}</c>, for numbers <c>{sequence:000}</c>, for labels <c>{label:KEY}</c>; any may
/// end with <c>,30</c> (so many characters at most, counted after encoding) and <c>|hex</c> or <c>|base64</c>. Braces that are meant are
/// doubled. Slashes of the template, of the stream's name and of times make folders; those of other values become <c>_</c>.
/// </remarks>
public sealed class NameTemplate
{
    private readonly List<object> _parts; // string or NameVariable
    private readonly NameTemplateOptions _options;

    private NameTemplate(string text, List<object> parts, NameTemplateOptions options)
    {
        Text = text;
        _parts = parts;
        _options = options;
    }

    /// <summary>The template as it was written.</summary>
    public string Text { get; }

    /// <summary>The variables that templates know.</summary>
    public static IReadOnlyList<string> Variables => NameVariable.Names;

    /// <summary>Reads a template.</summary>
    /// <exception cref="NameTemplateException">It is wrong; says where and what would be right.</exception>
    public static NameTemplate Parse(string text, NameTemplateOptions? options = null)
    {
        options ??= new NameTemplateOptions();
        var parts = new List<object>();
        var literal = new StringBuilder();
        if (text.Length == 0)
            throw new NameTemplateException(1, "The template is empty.");
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c is '{' or '}' && i + 1 < text.Length && text[i + 1] == c)
            {
                literal.Append(c);
                i++;
            }
            else if (c == '}')
            {
                throw new NameTemplateException(i + 1, "This '}' closes nothing; write '}}' if it is meant.");
            }
            else if (c == '{')
            {
                var end = text.IndexOf('}', i);
                if (end < 0)
                    throw new NameTemplateException(i + 1, "This '{' is never closed; write '{{' if it is meant.");
                if (literal.Length > 0)
                    parts.Add(literal.ToString());
                literal.Clear();
                parts.Add(NameVariable.Parse(text[(i + 1)..end], i + 2, options.Zone));
                i = end;
            }
            else
            {
                literal.Append(c);
            }
        }

        if (literal.Length > 0)
            parts.Add(literal.ToString());
        return new NameTemplate(text, parts, options);
    }

    /// <summary>Whether a variable occurs: without <c>sequence</c> and times, files of one recording would have one name.</summary>
    public bool Uses(string variable) => _parts.Exists(p => p is NameVariable v && v.Name == variable);

    /// <summary>The name for values, without extension.</summary>
    public string Format(NameValues values)
    {
        var name = new StringBuilder();
        foreach (var part in _parts)
        {
            if (part is NameVariable variable)
                variable.Append(name, values);
            else
                name.Append((string)part);
        }

        return Acceptable(name.ToString());
    }

    internal static string Encode(string text, NameEncoding encoding) => encoding switch
    {
        NameEncoding.Hex => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text)),
        NameEncoding.Base64 => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text)),
        _ => text,
    };

    /// <summary>Makes a name of whatever came out: values come from clients, and there is nobody to ask when a recording starts.</summary>
    private string Acceptable(string name)
    {
        var clean = new StringBuilder(name.Length);
        for (var i = 0; i < name.Length; i++)
        {
            var c = name[i];
            if (c != '/' && _options.Remove.Contains(c, StringComparison.Ordinal))
                continue;
            if (char.IsHighSurrogate(c) && i + 1 < name.Length && char.IsLowSurrogate(name[i + 1]))
                clean.Append(c).Append(name[++i]);
            else
                clean.Append(char.IsControl(c) || char.IsSurrogate(c) || c == '\uFFFD' ? '_' : c);
        }

        var segments = clean.ToString().Split('/', StorageName.MaximumDepth);
        for (var i = 0; i < segments.Length; i++)
        {
            // Beyond the deepest folder a slash is a letter like others.
            var segment = Encode(segments[i].Replace('/', '_'), _options.Encoding);
            segments[i] = segment.Length == 0 ? "_" : segment;
        }

        var result = string.Join('/', segments);
        return result.Length <= StorageName.MaximumNameLength ? result : Shortened(segments);
    }

    /// <summary>No component may be longer than 255 bytes anyway, so that 25 of 160 characters are no loss that counts.</summary>
    private static string Shortened(string[] segments)
    {
        var room = (StorageName.MaximumNameLength / segments.Length) - 1;
        for (var i = 0; i < segments.Length; i++)
        {
            if (segments[i].Length > room)
                segments[i] = segments[i][..(char.IsHighSurrogate(segments[i][room - 1]) ? room - 1 : room)];
        }

        return string.Join('/', segments);
    }
}
