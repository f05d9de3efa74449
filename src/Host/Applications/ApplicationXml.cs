using System.Xml;
using System.Xml.Linq;
using Tapedeck.Host.Settings;

namespace Tapedeck.Host.Applications;

/// <summary>
/// Reads Application.xml in Wowza's shape (2.x to 4.x). What this host does not serve is listed, not refused, so that an existing
/// installation's files can be taken as they are.
/// </summary>
internal static class ApplicationXml
{
    public const string FileName = "Application.xml";
    public const int MaximumBytes = 1024 * 1024;
    public const int MaximumDepth = 64;

    private static readonly string[] Served = ["Name", "AppType", "Description", "Streams", "StreamRecorder", "Modules", "Steps", "Properties"];

    private static readonly HashSet<string> KnownElsewhere =
    [
        "ApplicationTimeout", "PingTimeout", "ValidationFrequency", "MaximumPendingWriteBytes", "MaximumSetBufferTime", "MaximumStorageDirDepth",
        "Connections", "Transcoder", "DVR", "TimedText", "HTTPStreamers", "MediaCache", "SharedObjects", "Client", "RTP", "MediaCaster",
        "MediaReader", "MediaWriter", "LiveStreamPacketizer", "HTTPStreamer", "Manager", "Repeater", "HTTPProvider", "DRM", "WebRTC",
        "SourceControlDriver", "LiveStreamTranscoder", "LiveStreamTranscoderControl", "RTMP", "HTTPOrigin",
    ];

    /// <exception cref="ConfigurationException">The file cannot be read or is no well-formed XML.</exception>
    public static ApplicationConfig Load(string path) => Parse(path, TextFile.ReadBytes(path, MaximumBytes));

    /// <summary>The same for bytes that <paramref name="file"/> is said to hold.</summary>
    public static ApplicationConfig Parse(string file, byte[] xml)
    {
        var config = new ApplicationConfig(file);
        var root = LoadTree(file, xml);
        var application = root.Name.LocalName == "Application" ? root : Child(root, "Application");
        if (root.Name.LocalName is not ("Root" or "Application") || application is null)
        {
            config.Errors.Add(new(At(config, root), "the file must have the form <Root><Application>…</Application></Root>"));
            return config;
        }
        config.Name = Text(config, application, "Name");
        config.AppType = Text(config, application, "AppType");
        config.Description = Text(config, application, "Description");
        ReadStreams(config, Child(application, "Streams"));
        ReadProperties(config, Child(application, "StreamRecorder"), config.RecorderProperties);
        ReadProperties(config, application, config.Properties);
        ReadModules(config, Child(application, "Modules"));
        ReadSteps(config, Child(application, "Steps"));
        ListIgnored(config, application);
        return config;
    }

    private static XElement LoadTree(string file, byte[] xml)
    {
        var settings = new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            MaxCharactersInDocument = MaximumBytes,
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
        };
        using var scan = XmlReader.Create(new MemoryStream(xml), settings);
        var here = (IXmlLineInfo)scan;
        try
        {
            while (scan.Read())
            {
                if (scan.Depth > MaximumDepth)
                    throw new ConfigurationException(new SourceLocation(file, here.LineNumber, here.LinePosition), $"nested deeper than {MaximumDepth} levels");
            }
            using var reader = XmlReader.Create(new MemoryStream(xml), settings);
            return XDocument.Load(reader, LoadOptions.SetLineInfo).Root!;
        }
        catch (XmlException e) when (e.LineNumber == 0 && e.Message.Contains("DTD", StringComparison.Ordinal))
        {
            throw new ConfigurationException(DocumentType(file, xml), "document types are not allowed; remove the <!DOCTYPE …> part, it is never needed");
        }
        catch (XmlException e)
        {
            throw new ConfigurationException(new SourceLocation(file, e.LineNumber, e.LinePosition), $"not valid XML: {e.Message}");
        }
    }

    /// <summary>Where the document type stands, which the reader does not tell when it refuses one.</summary>
    private static SourceLocation DocumentType(string file, ReadOnlySpan<byte> xml)
    {
        var start = xml.IndexOf("<!DOCTYPE"u8);
        if (start < 0) return new SourceLocation(file);
        var before = xml[..start];
        return new SourceLocation(file, before.Count((byte)'\n') + 1, start - before.LastIndexOf((byte)'\n'));
    }

    private static void ReadStreams(ApplicationConfig config, XElement? streams)
    {
        if (streams is null) return;
        config.StreamType = Text(config, streams, "StreamType");
        config.StorageDir = Text(config, streams, "StorageDir");
    }

    private static void ReadProperties(ApplicationConfig config, XElement? parent, List<PropertyConfig> target)
    {
        foreach (var property in parent?.Element("Properties")?.Elements("Property") ?? [])
        {
            var name = Text(config, property, "Name")?.Text ?? "";
            if (name.Length == 0)
                config.Errors.Add(new(At(config, property), "a <Property> needs a <Name>"));
            else if (Child(property, "Value") is not { } value)
                config.Errors.Add(new(At(config, property), $"property {name} has no <Value>"));
            else
                target.Add(new(name, value.Value.Trim(), Text(config, property, "Type")?.Text, At(config, value)));
        }
    }

    private static void ReadModules(ApplicationConfig config, XElement? modules)
    {
        foreach (var module in modules?.Elements() ?? [])
        {
            if (module.Name.LocalName != "Module")
            {
                config.Errors.Add(new(At(config, module), $"<Modules> holds <Module> entries, not <{module.Name.LocalName}>"));
                continue;
            }
            var type = Text(config, module, "Class");
            var name = Text(config, module, "Name")?.Text ?? "";
            if (type is not { Text.Length: > 0 } given)
                config.Errors.Add(new(At(config, module), $"module {ValueText.Quoted(name)} has no <Class>; write the full name of its class"));
            else
                config.Modules.Add(new(name, Text(config, module, "Description")?.Text ?? "", given.Text, given.Location));
        }
    }

    /// <summary>&lt;Step On="fileClosed"&gt;script: rename.csx&lt;/Step&gt;; further attributes are settings of the step.</summary>
    private static void ReadSteps(ApplicationConfig config, XElement? steps)
    {
        foreach (var step in steps?.Elements() ?? [])
        {
            var text = step.Value.Trim();
            if (step.Name.LocalName != "Step" || step.HasElements || text.Length == 0)
            {
                config.Errors.Add(new(At(config, step), "<Steps> holds entries of the form <Step>kind: argument</Step>"));
                continue;
            }
            var colon = text.IndexOf(':', StringComparison.Ordinal);
            config.Steps.Add(new(
                (colon < 0 ? text : text[..colon]).Trim(),
                colon < 0 ? null : text[(colon + 1)..].Trim(),
                [.. step.Attributes().Select(a => (a.Name.LocalName, new Located(a.Value.Trim(), At(config, step))))],
                At(config, step)));
        }
    }

    private static void ListIgnored(ApplicationConfig config, XElement application)
    {
        foreach (var element in application.Elements())
        {
            var name = element.Name.LocalName;
            if (Served.Contains(name) && element.ElementsBeforeSelf(element.Name).Any())
                config.Errors.Add(new(At(config, element), $"<{name}> stands twice; put everything into one"));
            if (name is "Streams" or "StreamRecorder")
            {
                string[] served = name == "Streams" ? ["StreamType", "StorageDir"] : ["Properties"];
                config.Ignored.AddRange(element.Elements().Where(e => IsFilled(e) && !served.Contains(e.Name.LocalName)).Select(e => $"{name}/{e.Name.LocalName}"));
            }
            else if (!Served.Contains(name))
            {
                if (KnownElsewhere.Contains(name))
                    config.Ignored.Add(name);
                else
                    config.Warnings.Add(new(At(config, element), $"<{name}> is not known and has no effect{Nearest.Hint(name, Served)}"));
            }
        }
        WarnOfMissingProtection(config, application);
    }

    /// <summary>Ignoring a packetizer loses nothing; ignoring a lock leaves a door open, which must be said louder.</summary>
    private static void WarnOfMissingProtection(ApplicationConfig config, XElement application)
    {
        if (config.Properties.Find(p => p.Name.Equals("securityPublishRequirePassword", StringComparison.OrdinalIgnoreCase)) is { } password && ValueText.TryBoolean(password.Value, out var on) && on)
            config.Warnings.Add(new(password.Location, "securityPublishRequirePassword has no effect here: no password is asked for unless a module does"));
        if (Child(application, "Connections") is not { } connections) return;
        if (Child(connections, "AutoAccept") is { } accept && accept.Value.Trim().Equals("false", StringComparison.OrdinalIgnoreCase))
            config.Warnings.Add(new(At(config, accept), "AutoAccept=false has no effect here: clients are accepted unless a module refuses them"));
        if (Child(connections, "AllowDomains") is { } domains && domains.Value.Trim().Length > 0)
            config.Warnings.Add(new(At(config, domains), "AllowDomains has no effect here: clients of every domain are accepted unless a module refuses them"));
    }

    private static bool IsFilled(XElement element) => element.HasElements || element.Value.Trim().Length > 0;

    private static XElement? Child(XElement parent, string name) => parent.Element(name);

    private static Located? Text(ApplicationConfig config, XElement parent, string name) =>
        Child(parent, name) is { } element ? new Located(element.Value.Trim(), At(config, element)) : null;

    private static SourceLocation At(ApplicationConfig config, XElement element)
    {
        var info = (IXmlLineInfo)element;
        return new SourceLocation(config.File, info.LineNumber, info.LinePosition);
    }
}
