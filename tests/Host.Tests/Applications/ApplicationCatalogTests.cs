using Microsoft.Extensions.Logging;
using Tapedeck.Host.Applications;
using Tapedeck.Host.Settings;
using Tapedeck.Host.Tests.Kit;
using Tapedeck.Recordings;

namespace Tapedeck.Host.Tests.Applications;

public sealed class ApplicationCatalogTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly CollectedLog _log = new();

    public ApplicationCatalogTests() => _folder.Make("applications");

    public void Dispose() => _folder.Dispose();

    private ApplicationCatalog Load() => ApplicationCatalog.Load(Home.Locate(_folder.Path, _folder.Path, _folder["installation"]), _log);

    private ApplicationModel Yaml(string yaml, string name = "app")
    {
        _folder.Write($"applications/{name}/Application.yaml", yaml);
        return Load().Find(name).ShouldNotBeNull(string.Join("\n", _log.Lines));
    }

    private string[] Errors(string file, string text)
    {
        _folder.Write($"applications/app/{file}", text);
        var prefix = _folder[$"applications/app/{file}"];
        var catalog = Load();
        catalog.Find("app").ShouldBeNull();
        return [.. catalog.FindRefused("APP")!.Errors.Select(e => e.ToString().Replace(prefix, ""))];
    }

    private static string Xml(string inner) => "<Root>\n<Application>\n" + inner + "\n</Application>\n</Root>";

    private void CopyFile(string file, string application)
    {
        var folder = _folder.Make($"applications/{application}");
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Applications", "Files", file), Path.Combine(folder, "Application.xml"));
    }

    [Fact]
    public void A_file_of_wowza_4_loads_unchanged()
    {
        CopyFile("wowza4.xml", "live");
        var model = Load().Find("LIVE").ShouldNotBeNull();
        model.Name.ShouldBe("live");
        model.AppType.ShouldBe("Live");
        model.Description.ShouldBe("Default application for live streaming");
        model.StreamType.ShouldBe(StreamType.Live);
        model.Storage.Resolve("_definst_").ShouldBe(_folder["content"]);
        model.Modules.Select(m => m.Class).ShouldBe(["com.wowza.wms.plugin.livestreamrecord.ModuleLiveStreamRecord", "com.wowza.wms.module.ModuleMediaWriterFileMover"]);
        model.Modules[0].Name.ShouldBe("livestreamrecord");
        model.Modules[0].Location.Line.ShouldBe(130);
        model.Properties.Names.ShouldBe(["streamRecorderFileFormat", "streamRecorderSegmentDuration", "securityPublishRequirePassword", "pushPublishMapPath", "shared"]);
        model.Properties.GetString("SHARED").ShouldBe("application");
        model.Properties.GetInt64("streamRecorderSegmentDuration", 0).ShouldBe(900_000);
        model.Properties.GetBoolean("securityPublishRequirePassword", false).ShouldBeTrue();
        model.RecordingFormat.ShouldBe(RecordingFormat.Mp4);
    }

    [Fact]
    public void What_has_no_effect_is_told_in_one_line()
    {
        CopyFile("wowza4.xml", "live");
        Load();
        _log.At(LogLevel.Information).ShouldHaveSingleItem().ShouldBe(
            _folder["applications/live/Application.xml"] + ": has no effect here: elements Connections, Streams/KeyDir, Streams/LiveStreamPacketizers, Transcoder, DVR, TimedText, "
            + "HTTPStreamers, MediaCache, SharedObjects, Client, RTP, MediaCaster, MediaReader, MediaWriter, LiveStreamPacketizer, HTTPStreamer, Manager, Repeater; "
            + "modules ModuleCore, ModuleClientLogging, ModuleFLVPlayback, ModuleCoreSecurity");
        _log.At(LogLevel.Warning).ShouldHaveSingleItem().ShouldContain("Application.xml:141:6: securityPublishRequirePassword has no effect here");
        _log.At(LogLevel.Error).ShouldBeEmpty();
    }

    [Fact]
    public void A_file_of_wowza_3_loads_unchanged()
    {
        CopyFile("wowza3.xml", "old");
        var model = Load().Find("old").ShouldNotBeNull();
        model.StreamType.ShouldBe(new StreamType("live-record-lowlatency", Records: true, IsLowLatency: true));
        model.Storage.Resolve("_definst_").ShouldBe(_folder["recordings/old/_definst_"]);
        model.Modules.ShouldHaveSingleItem().Class.ShouldBe("Some.Company.Module");
        model.Properties.GetInt64("limit", 0).ShouldBe(5);
        model.Properties.GetString("untyped").ShouldBe("x");
        _log.At(LogLevel.Warning).ShouldBeEmpty();
    }

    [Fact]
    public void The_shipped_applications_load_without_a_word()
    {
        var installation = Path.Combine(AppContext.BaseDirectory);
        var catalog = ApplicationCatalog.Load(Home.Locate(null, _folder["applications"], installation), _log);
        catalog.Refused.ShouldBeEmpty();
        _log.Lines.ShouldBeEmpty();
        var live = catalog.Find("live").ShouldNotBeNull();
        live.StreamType.Name.ShouldBe("live");
        live.Modules.ShouldHaveSingleItem().Class.ShouldBe("Tapedeck.LiveStreamRecord.LiveStreamRecordModule");
        var liverec = catalog.Find("liverec").ShouldNotBeNull();
        liverec.StreamType.Name.ShouldBe("live-record");
        liverec.Modules.ShouldBeEmpty();
    }

    [Fact]
    public void Yaml_gives_the_same_model()
    {
        var model = Yaml("""
            name: app
            appType: Live
            description: d
            streamType: record
            storageDir: /rec/${Application}
            recordingFormat: flv
            duplicatePublish: takeover
            properties:
              limit: 5
              text: "a b"
              empty:
            streamRecorder:
              streamRecorderRecordType: all
              limit: 6
            modules:
              - A.B
              - name: c
                class: C.D
                description: e
            """);
        model.StreamType.ShouldBe(new StreamType("record", Records: true, IsLive: false));
        model.RecordingFormat.ShouldBe(RecordingFormat.Flv);
        model.DuplicatePublish.ShouldBe(DuplicatePublish.Takeover);
        model.Storage.Resolve("x").ShouldBe("/rec/app");
        model.Properties.Names.ShouldBe(["recordingFormat", "duplicatePublish", "limit", "text", "empty", "streamRecorderRecordType"]);
        model.Properties.GetInt64("limit", 0).ShouldBe(5);
        model.Modules.Select(m => (m.Name, m.Class, m.Description, m.Location.Line)).ShouldBe([("A.B", "A.B", "", 16), ("c", "C.D", "e", 18)]);
        _log.Lines.ShouldBeEmpty();
    }

    [Fact]
    public void An_empty_file_is_a_live_application_and_says_so()
    {
        var model = Yaml("# nothing");
        model.StreamType.ShouldBe(StreamType.Live);
        _log.At(LogLevel.Warning).ShouldHaveSingleItem().ShouldContain("no stream type is given");
        model.Storage.Resolve("_definst_").ShouldBe(_folder["content/app"]);
        model.Storage.Resolve("other").ShouldBe(_folder["content/app/other"]);
    }

    [Theory]
    [InlineData("live", false, true, false)]
    [InlineData("LIVE-LowLatency", false, true, true)]
    [InlineData("live-record", true, true, false)]
    [InlineData("rtp-live", false, true, false)]
    [InlineData("rtp-live-record-lowlatency", true, true, true)]
    public void Stream_types(string name, bool records, bool isLive, bool isLowLatency)
    {
        var type = Yaml("streamType: " + name).StreamType;
        (type.Records, type.IsLive, type.IsLowLatency).ShouldBe((records, isLive, isLowLatency));
    }

    [Theory]
    [InlineData("default", "the stream type default plays files on demand, which this host does not do; write live or live-record")]
    [InlineData("file", "plays files on demand")]
    [InlineData("liverepeater-edge", "repeats streams of another server")]
    [InlineData("shoutcast-record", "fetches SHOUTcast streams")]
    [InlineData("live-recrod", "there is no stream type 'live-recrod'; did you mean 'live-record'?")]
    [InlineData("something", "there is no stream type 'something'; known are live, ")]
    public void Stream_types_that_are_not_served_refuse_the_application(string name, string message) =>
        Errors("Application.yaml", "streamType: " + name).ShouldHaveSingleItem().ShouldContain(message);

    [Theory]
    [InlineData("${Home}/x/${Instance}", "x/i")]
    [InlineData("${com.wowza.wms.ConfigHome}/a", "a")]
    [InlineData("${com.wowza.wms.context.VHostConfigHome}/content/${com.wowza.wms.context.Application}/${com.wowza.wms.context.ApplicationInstance}/", "content/app/i")]
    [InlineData("rel/${com.wowza.wms.context.VHost}", "rel/_defaultVHost_")]
    [InlineData("$HOME/{x}", "$HOME/{x}")]
    public void Storage_directories(string template, string expected) =>
        Yaml($"streamType: live\nstorageDir: '{template}'").Storage.Resolve("i").ShouldBe(_folder[expected]);

    [Theory]
    [InlineData("${com.wowza.wms.context.Aplication}/x", "there is no variable ${com.wowza.wms.context.Aplication} here; did you mean 'com.wowza.wms.context.Application'?")]
    [InlineData("${}", "there is no variable ${} here; known are Home, Application, Instance")]
    [InlineData("${Home", "'${Home' lacks its closing brace")]
    public void Unknown_variables_are_errors(string template, string message) =>
        Errors("Application.yaml", $"streamType: live\nstorageDir: '{template}'").ShouldHaveSingleItem().ShouldStartWith(":2:13: " + message);

    [Fact]
    public void All_errors_of_an_xml_file_are_shown_at_once_in_order()
    {
        Errors("Application.xml", Xml("""
            <Streams><StreamType>liv</StreamType>
            <StorageDir>${nothingSuch}</StorageDir></Streams>
            <Modules><Module><Name>x</Name></Module>
            <Module><Class>A</Class></Module>
            <Module><Class>a</Class></Module><Modul/></Modules>
            <Properties><Property><Name>n</Name><Value>5x</Value><Type>Integer</Type></Property>
            <Property><Name>b</Name><Value>yes</Value><Type>Boolean</Type></Property>
            <Property><Value>1</Value></Property>
            <Property><Name>v</Name></Property>
            <Property><Name>big</Name><Value>3000000000</Value><Type>Integer</Type></Property>
            <Property><Name>recordingFormat</Name><Value>mp5</Value></Property></Properties>
            """)).ShouldBe(
        [
            ":3:11: there is no stream type 'liv'; did you mean 'live'?",
            ":4:2: there is no variable ${nothingSuch} here; known are Home, Application, Instance, com.wowza.wms.AppHome, com.wowza.wms.ConfigHome, com.wowza.wms.context.VHostConfigHome, com.wowza.wms.context.VHost, com.wowza.wms.context.Application, com.wowza.wms.context.ApplicationInstance",
            ":5:11: module 'x' has no <Class>; write the full name of its class",
            ":7:10: module a is listed twice, first in line 6; remove one",
            ":7:35: <Modules> holds <Module> entries, not <Modul>",
            ":8:38: property n: '5x' is no Integer; write a whole number",
            ":9:26: property b: 'yes' is no Boolean; write true or false",
            ":10:2: a <Property> needs a <Name>",
            ":11:2: property v has no <Value>",
            ":12:28: property big: '3000000000' is no Integer; write a whole number from -2147483648 to 2147483647",
            ":13:40: recordingFormat: 'mp5' cannot be used; write one of mp4, flv, fmp4, ts, webm, mkv",
        ]);
    }

    [Fact]
    public void All_errors_of_a_yaml_file_are_shown_at_once_in_order()
    {
        Errors("Application.yml", """
            streamTyp: live
            streamType: [a]
            duplicatePublish: maybe
            properties: [1]
            streamRecorder:
              x: { y: 1 }
            modules:
              - { name: n }
              - { class: A, clas: B }
              - [C]
            """).ShouldBe(
        [
            ":1:1: there is no setting 'streamTyp'; did you mean 'streamType'?; settings of modules go below 'properties'",
            ":2:13: streamType is one value, but this is a list",
            ":3:19: duplicatePublish: 'maybe' cannot be used; write one of refuse, takeover",
            ":4:13: properties holds lines of the form 'name: value', but this is a list",
            ":6:6: property x is one value, but this is a section",
            ":8:5: a module needs 'class', the full name of its class",
            ":9:17: a module has name, class and description, not 'clas'",
            ":10:5: a module is the name of its class, or a section with name, class and description",
        ]);
    }

    [Fact]
    public void A_broken_application_keeps_only_itself_away()
    {
        _folder.Write("applications/bad/Application.xml", "<Root><Application></Root>");
        _folder.Write("applications/good/Application.yaml", "streamType: live");
        _folder.Write("applications/both/Application.yaml", "streamType: live");
        _folder.Write("applications/both/Application.xml", Xml(""));
        _folder.Write("applications/with space/Application.xml", Xml(""));
        _folder.Write("applications/Twin/Application.yaml", "streamType: live");
        _folder.Write("applications/twin/Application.yaml", "streamType: live");
        _folder.Make("applications/empty");
        _folder.Make("applications/.git");
        var catalog = Load();
        catalog.Served.Select(a => a.Name).ShouldBe(["good"]);
        catalog.Refused.Select(a => a.Name).Order(StringComparer.Ordinal).ShouldBe(["Twin", "bad", "both", "with space"]);
        catalog.FindRefused("both")!.Errors.Single().Message.ShouldBe("there is more than one file: Application.xml and Application.yaml; keep one");
        catalog.FindRefused("bad")!.Errors.Single().ToString().ShouldContain("Application.xml:1:22: not valid XML: ");
        _log.At(LogLevel.Warning).ShouldHaveSingleItem().ShouldContain("applications/empty holds neither Application.xml nor Application.yaml");
        _log.At(LogLevel.Error).Count().ShouldBe(4);
    }

    [Fact]
    public void The_folder_names_the_application()
    {
        Yaml("name: other\nstreamType: live").Name.ShouldBe("app");
        _log.At(LogLevel.Warning).ShouldHaveSingleItem().ShouldContain("Application.yaml:1:7: the application is called app after its folder, not 'other'");
    }

    [Fact]
    public void Odd_parts_of_xml_are_warned_of()
    {
        _folder.Write("applications/app/Application.xml", Xml("""
            <Module/><Streams><StreamType>live</StreamType></Streams>
            <Connections><AutoAccept>false</AutoAccept><AllowDomains>a.example</AllowDomains></Connections>
            <Properties><Property><Name>p</Name><Value>1</Value><Type>Date</Type></Property>
            <Property><Name>P</Name><Value>2</Value></Property></Properties>
            """));
        Load().Find("app")!.Properties.GetString("p").ShouldBe("2");
        var prefix = _folder["applications/app/Application.xml"];
        _log.At(LogLevel.Warning).Select(w => w.Replace(prefix, "")).ShouldBe(
        [
            ":3:2: <Module> is not known and has no effect; did you mean 'Modules'?",
            ":4:15: AutoAccept=false has no effect here: clients are accepted unless a module refuses them",
            ":4:45: AllowDomains has no effect here: clients of every domain are accepted unless a module refuses them",
            ":5:38: property p has the unknown type 'Date'; it is taken as text",
            ":6:26: property P is given twice, first in line 5; this one counts",
        ]);
    }

    [Fact]
    public void A_part_that_stands_twice_is_an_error_not_a_loss() =>
        Errors("Application.xml", Xml("<Streams><StreamType>live</StreamType></Streams>\n<Modules/><Modules><Module><Class>A.B</Class></Module></Modules>"))
            .ShouldHaveSingleItem().ShouldBe(":4:12: <Modules> stands twice; put everything into one");

    [Fact]
    public void External_entities_are_never_read()
    {
        var secret = _folder.Write("secret.txt", "hush");
        var errors = Errors("Application.xml", $"""<!DOCTYPE Root [<!ENTITY x SYSTEM "file://{secret}">]><Root><Application><Description>&x;</Description></Application></Root>""");
        errors.ShouldHaveSingleItem().ShouldContain("remove the <!DOCTYPE …> part");
        errors[0].ShouldNotContain("hush");
    }

    [Fact]
    public void An_entity_bomb_is_refused_at_once()
    {
        var bomb = "<!DOCTYPE Root [<!ENTITY a0 'x'>" + string.Concat(Enumerable.Range(1, 30).Select(i => $"<!ENTITY a{i} '&a{i - 1};&a{i - 1};'>")) + "]><Root>&a30;</Root>";
        Errors("Application.xml", "\n " + bomb).ShouldHaveSingleItem().ShouldBe(":2:2: document types are not allowed; remove the <!DOCTYPE …> part, it is never needed");
    }

    [Fact]
    public void Depth_and_size_of_xml_are_limited()
    {
        Errors("Application.xml", string.Concat(Enumerable.Repeat("<a>", 20_000)) + string.Concat(Enumerable.Repeat("</a>", 20_000)))
            .ShouldHaveSingleItem().ShouldContain("nested deeper than 64 levels");
        Errors("Application.xml", "<Root>" + new string(' ', ApplicationXml.MaximumBytes) + "</Root>").ShouldHaveSingleItem().ShouldContain("larger than 1024 KiB");
        Errors("Application.xml", "<Other/>").ShouldHaveSingleItem().ShouldBe(":1:2: the file must have the form <Root><Application>…</Application></Root>");
        Errors("Application.xml", "").ShouldHaveSingleItem().ShouldContain("not valid XML");
    }

    [Fact]
    public void A_home_without_the_folder_serves_nothing_and_says_so()
    {
        Directory.Delete(_folder["applications"]);
        Load().Served.ShouldBeEmpty();
        _log.At(LogLevel.Error).ShouldHaveSingleItem().ShouldContain("no application is served");
    }

    [Theory]
    [InlineData(null, "_definst_")]
    [InlineData("", "_definst_")]
    [InlineData("room-1.A_b", "room-1.A_b")]
    [InlineData("...", "...")]
    public void Instance_names(string? sent, string expected)
    {
        InstanceName.TryParse(sent, out var name, out _).ShouldBeTrue();
        name.ShouldBe(expected);
    }

    [Theory]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData("a b")]
    [InlineData("ä")]
    [InlineData("a\0")]
    [InlineData("a\r\nforged")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123x")]
    public void Instance_names_that_are_refused(string sent)
    {
        InstanceName.TryParse(sent, out _, out var reason).ShouldBeFalse();
        reason.ShouldContain("cannot be used");
        reason.ShouldNotContain("\n");
    }
}
