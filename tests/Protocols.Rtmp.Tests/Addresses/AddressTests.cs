namespace Tapedeck.Protocols.Rtmp.Tests.Addresses;

public sealed class AddressTests
{
    [Theory]
    [InlineData("rtmp://h/app/stream", "h", 1935, "app", "stream", "rtmp://h/app")]
    [InlineData("RTMP://h:1936/app/stream", "h", 1936, "app", "stream", "rtmp://h:1936/app")]
    [InlineData("rtmps://h/app/stream", "h", 443, "app", "stream", "rtmps://h/app")]
    [InlineData("rtmp://h:1935/app/stream", "h", 1935, "app", "stream", "rtmp://h/app")]
    [InlineData("rtmp://h/app/inst/stream", "h", 1935, "app/inst", "stream", "rtmp://h/app/inst")]
    [InlineData("rtmp://h/app/_definst_/stream", "h", 1935, "app/_definst_", "stream", "rtmp://h/app/_definst_")]
    [InlineData("rtmp://h/a/b/c/stream", "h", 1935, "a/b/c", "stream", "rtmp://h/a/b/c")]
    [InlineData("rtmp://h/app/stream?user=a&k=b", "h", 1935, "app", "stream?user=a&k=b", "rtmp://h/app")]
    [InlineData("rtmp://h/app/stream?t=a/b", "h", 1935, "app", "stream?t=a/b", "rtmp://h/app")]
    [InlineData("rtmp://h/app?k=v/stream", "h", 1935, "app?k=v", "stream", "rtmp://h/app?k=v")]
    [InlineData("rtmp://h/app/mp4:dir/x.mp4", "h", 1935, "app", "mp4:dir/x.mp4", "rtmp://h/app")]
    [InlineData("rtmp://h/app/inst/flv:dir/x?q=1", "h", 1935, "app/inst", "flv:dir/x?q=1", "rtmp://h/app/inst")]
    [InlineData("rtmp://h/app", "h", 1935, "app", "", "rtmp://h/app")]
    [InlineData("rtmp://h/app/", "h", 1935, "app", "", "rtmp://h/app")]
    [InlineData("rtmp://h/app?k=v", "h", 1935, "app?k=v", "", "rtmp://h/app?k=v")]
    [InlineData("rtmp://[::1]:1936/app/s", "::1", 1936, "app", "s", "rtmp://[::1]:1936/app")]
    [InlineData("rtmp://[::1]/app/s", "::1", 1935, "app", "s", "rtmp://[::1]/app")]
    [InlineData("rtmp://user:p@ss@h/app/s", "h", 1935, "app", "s", "rtmp://h/app")]
    public void A_clients_address_is_split(string url, string host, int port, string app, string stream, string tcUrl)
    {
        var address = RtmpAddress.Parse(url);
        (address.Host, address.Port, address.App, address.Stream, address.TcUrl).ShouldBe((host, port, app, stream, tcUrl));
        address.IsSecure.ShouldBe(url.StartsWith("rtmps", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void User_and_password_are_kept_apart() => RtmpAddress.Parse("rtmp://user:p@ss@h/app/s").UserInfo.ShouldBe("user:p@ss");

    [Theory]
    [InlineData("")]
    [InlineData("h/app/stream")]
    [InlineData("http://h/app/stream")]
    [InlineData("rtmpt://h/app/stream")]
    [InlineData("rtmp:///app/stream")]
    [InlineData("rtmp://h")]
    [InlineData("rtmp://h/")]
    [InlineData("rtmp://h:0/app/s")]
    [InlineData("rtmp://h:65536/app/s")]
    [InlineData("rtmp://h:x/app/s")]
    [InlineData("rtmp://[::1/app/s")]
    public void What_is_no_address_is_refused(string url) => Should.Throw<FormatException>(() => RtmpAddress.Parse(url));

    [Theory]
    [InlineData("rtmp://h/live/inst?a=1", "rtmp", "h", 1935, "live", "inst")]
    [InlineData("RTMPS://h/live", "rtmps", "h", 443, "live", "_definst_")]
    [InlineData("rtmpt://h:80/live/", "rtmpt", "h", 80, "live", "_definst_")]
    [InlineData("'rtmp://h/live'", "rtmp", "h", 1935, "live", "_definst_")]
    [InlineData("rtmp://h", "rtmp", "h", 1935, "", "_definst_")]
    [InlineData("rtmp://h?vhost=x/live", "rtmp", "h", 1935, "", "_definst_")]
    [InlineData("rtmp:///live", "rtmp", "", 1935, "live", "_definst_")]
    public void A_tcUrl_is_read_tolerantly(string text, string scheme, string host, int port, string app, string instance)
    {
        TcUrl.TryParse(text, out var url).ShouldBeTrue();
        (url.Scheme, url.Host, url.Port, url.Path.App, url.Path.Instance).ShouldBe((scheme, host, port, app, instance));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("live")]
    [InlineData("rtmp://h:99999/live")]
    public void What_is_no_tcUrl_is_told(string? text) => TcUrl.TryParse(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData("name", "name", "", "")]
    [InlineData("name?user=a&k=b", "name", "", "user=a;k=b")]
    [InlineData("mp4:name", "name", "mp4", "")]
    [InlineData("MP4:dir/name.mp4?x", "dir/name.mp4", "mp4", "x=")]
    [InlineData("flv:a", "a", "flv", "")]
    [InlineData("raw:a", "a", "raw", "")]
    [InlineData("other:a", "other:a", "", "")]
    [InlineData("", "", "", "")]
    [InlineData("?k=v", "", "", "k=v")]
    [InlineData("mp4:", "", "mp4", "")]
    [InlineData("n?a=b=c&d%20e=%41+", "n", "", "a=b=c;d e=A+")]
    [InlineData("n?a=1?b=2", "n", "", "a=1;b=2")]
    public void A_stream_name_is_split(string text, string name, string prefix, string query)
    {
        var stream = StreamName.Parse(text);
        (stream.Name, stream.Prefix).ShouldBe((name, prefix));
        string.Join(';', stream.Query.Select(pair => $"{pair.Key}={pair.Value}")).ShouldBe(query);
    }

    [Fact]
    public void Authentication_values_keep_their_plus_signs() =>
        RtmpQuery.Parse("authmod=adobe&user=u&response=ab+/cd==")["response"].ShouldBe("ab+/cd==");
}
