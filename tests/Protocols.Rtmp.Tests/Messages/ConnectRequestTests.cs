namespace Tapedeck.Protocols.Rtmp.Tests.Messages;

public sealed class ConnectRequestTests
{
    [Theory]
    [InlineData("live", "rtmp://h/live", "live", "_definst_")]
    [InlineData("live/", "rtmp://h/live/", "live", "_definst_")] // Ubiquiti
    [InlineData("live/inst", "rtmp://h/live/inst", "live", "inst")]
    [InlineData("live/_definst_", null, "live", "_definst_")]
    [InlineData("a/b/c", null, "a", "b/c")]
    [InlineData(null, "rtmp://h/live/inst", "live", "inst")] // app missing
    [InlineData("", "rtmp://h:1935/live?x=1", "live", "_definst_")]
    [InlineData(null, "'rtmp://h/live'", "live", "_definst_")] // Neko
    [InlineData("'live'", null, "live", "_definst_")]
    [InlineData("live?k=v", null, "live", "_definst_")]
    [InlineData("live#k=v", null, "live", "_definst_")]
    [InlineData("live...vhost...example.org", null, "live", "_definst_")]
    [InlineData(null, null, "", "_definst_")]
    [InlineData(null, "not an address", "", "_definst_")]
    public void App_and_instance_are_found(string? app, string? tcUrl, string expected, string instance)
    {
        var properties = new AmfObject();
        if (app is not null) properties["app"] = app;
        if (tcUrl is not null) properties["tcUrl"] = tcUrl;
        var request = Read(properties);
        (request.App, request.Instance).ShouldBe((expected, instance));
    }

    [Fact]
    public void The_casing_of_tcurl_does_not_matter() => Read(new AmfObject { ["tcurl"] = "rtmp://h/live" }).App.ShouldBe("live");

    [Fact]
    public void Quotes_are_taken_off_tcUrl() => Read(new AmfObject { ["tcUrl"] = "'rtmp://h/live'" }).TcUrl.ShouldBe("rtmp://h/live");

    [Fact]
    public void Parameters_of_app_and_tcUrl_are_joined()
    {
        var query = Read(new AmfObject { ["app"] = "live?a=1&b=2", ["tcUrl"] = "rtmp://h/live?a=9&b=2&c=3" }).Query;
        query.Select(pair => $"{pair.Key}={pair.Value}").ShouldBe(["a=1", "b=2", "a=9", "c=3"]);
        query["a"].ShouldBe("1");
        query["d"].ShouldBeNull();
    }

    [Fact]
    public void The_old_notation_for_a_virtual_host_is_a_parameter() =>
        Read(new AmfObject { ["app"] = "live...vhost...example.org" }).Query["vhost"].ShouldBe("example.org");

    [Theory]
    [InlineData(0d, 0)]
    [InlineData(3d, 3)]
    [InlineData(1d, 0)]
    [InlineData("3", 0)]
    [InlineData(null, 0)]
    public void Object_encoding_is_0_or_3(object? value, int expected) => Read(new AmfObject { ["objectEncoding"] = value }).ObjectEncoding.ShouldBe(expected);

    [Fact]
    public void Odd_transaction_ids_extra_arguments_and_ECMA_arrays_are_accepted()
    {
        var request = ConnectRequest.FromCommand(new RtmpCommand("connect", 7, new AmfObject { IsEcmaArray = true, ["app"] = "live" }, true, "hello", new AmfObject()));
        request.TransactionId.ShouldBe(7);
        request.App.ShouldBe("live");
        request.Arguments.Count.ShouldBe(3);
    }

    [Fact]
    public void Values_of_the_wrong_kind_count_as_missing()
    {
        var request = Read(new AmfObject { ["app"] = 5d, ["tcUrl"] = true, ["flashVer"] = null, ["fourCcList"] = 1d, ["capsEx"] = "x", ["videoFourCcInfoMap"] = "y" });
        request.App.ShouldBe("");
        request.FlashVer.ShouldBe("");
        request.Capabilities.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void Another_first_command_is_refused()
    {
        Wire.Refused(() => ConnectRequest.FromCommand(new RtmpCommand("publish", 1, null))).Message.ShouldContain("'publish'");
        Wire.Refused(() => ConnectRequest.FromCommand(new RtmpCommand("connect", 1, null))).Message.ShouldContain("no object");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Enhanced_capabilities_are_read_from_objects_and_ECMA_arrays(bool isEcma)
    {
        var capabilities = Read(new AmfObject
        {
            ["fourCcList"] = new AmfArray("av01", "hvc1"),
            ["videoFourCcInfoMap"] = new AmfObject { IsEcmaArray = isEcma, ["*"] = 4d, ["vp09"] = 7d },
            ["audioFourCcInfoMap"] = new AmfObject { IsEcmaArray = isEcma, ["Opus"] = 1d },
            ["capsEx"] = 7d,
            ["videoFunction"] = 6d,
        }).Capabilities;
        capabilities.FourCcList.ShouldBe(["av01", "hvc1"]);
        capabilities.Video["*"].ShouldBe(FourCcAbility.Forward);
        capabilities.Video["vp09"].ShouldBe(FourCcAbility.Decode | FourCcAbility.Encode | FourCcAbility.Forward);
        capabilities.Audio["Opus"].ShouldBe(FourCcAbility.Decode);
        capabilities.CapsEx.ShouldBe(ExtendedCapabilities.Reconnect | ExtendedCapabilities.Multitrack | ExtendedCapabilities.ModEx);
        capabilities.VideoFunction.ShouldBe(VideoFunctions.Hdr | VideoFunctions.PacketTypeMetadata);
        var back = new AmfObject();
        capabilities.AddTo(back);
        EnhancedCapabilities.Read(back).CapsEx.ShouldBe(capabilities.CapsEx);
        EnhancedCapabilities.Read(back).Video.ShouldBe(capabilities.Video);
        EnhancedCapabilities.Read(back).FourCcList.ShouldBe(capabilities.FourCcList);
    }

    [Theory]
    [InlineData(0d, true)]
    [InlineData(1d, true)] // rtmpdump
    [InlineData(4d, false)]
    public void A_player_that_can_seek_is_not_yet_an_enhanced_one(double videoFunction, bool isEmpty) =>
        Read(new AmfObject { ["videoFunction"] = videoFunction }).Capabilities.IsEmpty.ShouldBe(isEmpty);

    private static ConnectRequest Read(AmfObject properties) => ConnectRequest.FromCommand(new RtmpCommand("connect", 1, properties));
}
