using Microsoft.Extensions.Logging;
using Tapedeck.Host.Applications;

namespace Tapedeck.Host.Tests.Applications;

/// <summary>Files that cannot be used, whole or in part: all that is wrong is told at once, with its place.</summary>
public sealed class ApplicationErrorTests : ApplicationTest
{
    private static string Xml(string inner) => "<Root>\n<Application>\n" + inner + "\n</Application>\n</Root>";

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
        Folder.Write("applications/bad/Application.xml", "<Root><Application></Root>");
        Folder.Write("applications/good/Application.yaml", "streamType: live");
        Folder.Write("applications/both/Application.yaml", "streamType: live");
        Folder.Write("applications/both/Application.xml", Xml(""));
        Folder.Write("applications/with space/Application.xml", Xml(""));
        Folder.Write("applications/Twin/Application.yaml", "streamType: live");
        Folder.Write("applications/twin/Application.yaml", "streamType: live");
        Folder.Make("applications/empty");
        Folder.Make("applications/.git");
        var catalog = Load();
        catalog.Served.Select(a => a.Name).ShouldBe(["good"]);
        catalog.Refused.Select(a => a.Name).Order(StringComparer.Ordinal).ShouldBe(["Twin", "bad", "both", "with space"]);
        catalog.FindRefused("both")!.Errors.Single().Message.ShouldBe("there is more than one file: Application.xml and Application.yaml; keep one");
        catalog.FindRefused("bad")!.Errors.Single().ToString().ShouldContain("Application.xml:1:22: not valid XML: ");
        Log.At(LogLevel.Warning).ShouldHaveSingleItem().ShouldContain("applications/empty holds neither Application.xml nor Application.yaml");
        Log.At(LogLevel.Error).Count().ShouldBe(4);
    }

    [Fact]
    public void Odd_parts_of_xml_are_warned_of()
    {
        Folder.Write("applications/app/Application.xml", Xml("""
            <Module/><Streams><StreamType>live</StreamType></Streams>
            <Connections><AutoAccept>false</AutoAccept><AllowDomains>a.example</AllowDomains></Connections>
            <Properties><Property><Name>p</Name><Value>1</Value><Type>Date</Type></Property>
            <Property><Name>P</Name><Value>2</Value></Property></Properties>
            """));
        Load().Find("app")!.Properties.GetString("p").ShouldBe("2");
        var prefix = Folder["applications/app/Application.xml"];
        Log.At(LogLevel.Warning).Select(w => w.Replace(prefix, "")).ShouldBe(
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
        var secret = Folder.Write("secret.txt", "hush");
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
}
