using Microsoft.Extensions.Logging;
using Tapedeck.Host.Applications;
using Tapedeck.Host.Settings;
using Tapedeck.Recordings;

namespace Tapedeck.Host.Tests.Applications;

public sealed class ApplicationCatalogTests : ApplicationTest
{
    private ApplicationModel Yaml(string yaml, string name = "app")
    {
        Folder.Write($"applications/{name}/Application.yaml", yaml);
        return Load().Find(name).ShouldNotBeNull(string.Join("\n", Log.Lines));
    }

    private void CopyFile(string file, string application)
    {
        var folder = Folder.Make($"applications/{application}");
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
        model.Storage.Resolve("_definst_").ShouldBe(Folder["content"]);
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
        Log.At(LogLevel.Information).ShouldHaveSingleItem().ShouldBe(
            Folder["applications/live/Application.xml"] + ": has no effect here: elements Connections, Streams/KeyDir, Streams/LiveStreamPacketizers, Transcoder, DVR, TimedText, "
            + "HTTPStreamers, MediaCache, SharedObjects, Client, RTP, MediaCaster, MediaReader, MediaWriter, LiveStreamPacketizer, HTTPStreamer, Manager, Repeater; "
            + "modules ModuleCore, ModuleClientLogging, ModuleFLVPlayback, ModuleCoreSecurity");
        Log.At(LogLevel.Warning).ShouldHaveSingleItem().ShouldContain("Application.xml:141:6: securityPublishRequirePassword has no effect here");
        Log.At(LogLevel.Error).ShouldBeEmpty();
    }

    [Fact]
    public void A_file_of_wowza_3_loads_unchanged()
    {
        CopyFile("wowza3.xml", "old");
        var model = Load().Find("old").ShouldNotBeNull();
        model.StreamType.ShouldBe(new StreamType("live-record-lowlatency", Records: true, IsLowLatency: true));
        model.Storage.Resolve("_definst_").ShouldBe(Folder["recordings/old/_definst_"]);
        model.Modules.ShouldHaveSingleItem().Class.ShouldBe("Some.Company.Module");
        model.Properties.GetInt64("limit", 0).ShouldBe(5);
        model.Properties.GetString("untyped").ShouldBe("x");
        Log.At(LogLevel.Warning).ShouldBeEmpty();
    }

    [Fact]
    public void The_shipped_applications_load_without_a_word()
    {
        var installation = Path.Combine(AppContext.BaseDirectory);
        var catalog = ApplicationCatalog.Load(Home.Locate(null, Folder["applications"], installation), Log);
        catalog.Refused.ShouldBeEmpty();
        Log.Lines.ShouldBeEmpty();
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
        Log.Lines.ShouldBeEmpty();
    }

    [Fact]
    public void An_empty_file_is_a_live_application_and_says_so()
    {
        var model = Yaml("# nothing");
        model.StreamType.ShouldBe(StreamType.Live);
        Log.At(LogLevel.Warning).ShouldHaveSingleItem().ShouldContain("no stream type is given");
        model.Storage.Resolve("_definst_").ShouldBe(Folder["content/app"]);
        model.Storage.Resolve("other").ShouldBe(Folder["content/app/other"]);
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
        Yaml($"streamType: live\nstorageDir: '{template}'").Storage.Resolve("i").ShouldBe(Folder[expected]);

    [Theory]
    [InlineData("${com.wowza.wms.context.Aplication}/x", "there is no variable ${com.wowza.wms.context.Aplication} here; did you mean 'com.wowza.wms.context.Application'?")]
    [InlineData("${}", "there is no variable ${} here; known are Home, Application, Instance")]
    [InlineData("${Home", "'${Home' lacks its closing brace")]
    public void Unknown_variables_are_errors(string template, string message) =>
        Errors("Application.yaml", $"streamType: live\nstorageDir: '{template}'").ShouldHaveSingleItem().ShouldStartWith(":2:13: " + message);

    [Fact]
    public void The_folder_names_the_application()
    {
        Yaml("name: other\nstreamType: live").Name.ShouldBe("app");
        Log.At(LogLevel.Warning).ShouldHaveSingleItem().ShouldContain("Application.yaml:1:7: the application is called app after its folder, not 'other'");
    }

    [Fact]
    public void A_home_without_the_folder_serves_nothing_and_says_so()
    {
        Directory.Delete(Folder["applications"]);
        Load().Served.ShouldBeEmpty();
        Log.At(LogLevel.Error).ShouldHaveSingleItem().ShouldContain("no application is served");
    }
}
