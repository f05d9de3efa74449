using System.Collections;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Tapedeck.Host.Modules;
using Tapedeck.Host.Settings;

namespace Tapedeck.Host.Tests.Settings;

public sealed class SettingsSourceTests : IDisposable
{
    private readonly TempFolder _home = new();

    public enum Mode { Plain, TwoWords }

    public sealed record TlsOptions
    {
        public string? Certificate { get; init; }

        public int Port { get; init; } = 443;
    }

    public sealed record RtmpOptions
    {
        private static readonly TlsOptions SharedDefault = new() { Port = 1443 };

        [Description("Where to listen.")]
        public string Listen { get; init; } = "0.0.0.0:1935";

        [Description("Connections in all. [connections]")]
        [Range(1, 1000)]
        public int MaximumConnections { get; init; } = 100;

        public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(30);

        [Range(1024, 1 << 30)]
        public long QueueBytes { get; init; } = 16 << 20;

        public int SlabBytes { get; init; } = 65536;

        public double Ratio { get; init; } = 0.5;

        public bool Secure { get; init; }

        public Mode Mode { get; init; }

        public IReadOnlyList<string> Hosts { get; init; } = ["a", "b"];

        public TimeSpan? Grace { get; init; }

        [PasswordPropertyText(true)]
        public string Secret { get; init; } = "";

        public TlsOptions Tls { get; init; } = SharedDefault;
    }

    public sealed record PairOptions : IValidatableObject
    {
        public int First { get; init; } = 1;

        public int Second { get; init; } = 2;

        public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
        {
            if (First > Second) yield return new ValidationResult("first must not be larger than second", [nameof(First)]);
        }
    }

    public void Dispose() => _home.Dispose();

    private SettingsSource Load(string yaml = "", string[]? sets = null, Dictionary<string, string>? environment = null) =>
        SettingsLoader.Load(_home.Write("conf/host.yaml", yaml), sets ?? [], (IDictionary?)environment ?? new Hashtable());

    private (RtmpOptions Options, IReadOnlyList<ConfigurationError> Errors) Bind(string yaml = "", string[]? sets = null, Dictionary<string, string>? environment = null)
    {
        var source = Load(yaml, sets, environment);
        var options = source.Bind<RtmpOptions>("rtmp");
        return (options, source.Finish());
    }

    [Fact]
    public void Nothing_set_means_defaults()
    {
        var source = SettingsLoader.Load(_home["missing.yaml"], [], new Hashtable());
        var hosts = new[] { "x" };
        (source.Bind<RtmpOptions>("rtmp") with { Hosts = hosts }).ShouldBe(new RtmpOptions { Hosts = hosts });
        source.Bind<RtmpOptions>("rtmp").Hosts.ShouldBe(["a", "b"]);
        source.Finish().ShouldBeEmpty();
        source.Known.Select(k => k.Key).ShouldBeUnique();
    }

    [Fact]
    public void Every_type_is_read_from_the_file()
    {
        var (options, errors) = Bind("""
            rtmp:
              listen: 127.0.0.1:1
              maximumConnections: 7
              idleTimeout: 1.5min
              queueBytes: 64KiB
              slabBytes: 4096
              ratio: 0.25
              secure: true
              mode: two-words
              hosts: [x, "y, z"]
              grace: 00:00:10
              secret: abc
              tls: { certificate: /c.pem }
            """);
        errors.ShouldBeEmpty();
        options.Listen.ShouldBe("127.0.0.1:1");
        options.MaximumConnections.ShouldBe(7);
        options.IdleTimeout.ShouldBe(TimeSpan.FromSeconds(90));
        options.QueueBytes.ShouldBe(65536);
        options.SlabBytes.ShouldBe(4096);
        options.Ratio.ShouldBe(0.25);
        options.Secure.ShouldBeTrue();
        options.Mode.ShouldBe(Mode.TwoWords);
        options.Hosts.ShouldBe(["x", "y, z"]);
        options.Grace.ShouldBe(TimeSpan.FromSeconds(10));
        options.Tls.ShouldBe(new TlsOptions { Certificate = "/c.pem", Port = 1443 });
        new RtmpOptions().Tls.Certificate.ShouldBeNull("a default that records share must not change");
    }

    [Fact]
    public void Command_line_beats_environment_beats_file_beats_default()
    {
        const string Yaml = "rtmp:\n  listen: file\n  maximumConnections: 1\n  ratio: 1";
        var environment = new Dictionary<string, string> { ["TAPEDECK__RTMP__LISTEN"] = "variable", ["TAPEDECK__RTMP__MAXIMUM_CONNECTIONS"] = "2", ["TAPEDECK_HOME"] = "x" };
        var (options, errors) = Bind(Yaml, ["rtmp.listen=early", "rtmp.listen=late=r"], environment);
        errors.ShouldBeEmpty();
        options.Listen.ShouldBe("late=r");
        options.MaximumConnections.ShouldBe(2);
        options.Ratio.ShouldBe(1);
        options.SlabBytes.ShouldBe(65536);
    }

    [Fact]
    public void Keys_may_be_written_with_dots_and_in_any_case()
    {
        var (options, errors) = Bind("RTMP.Tls.port: 5", ["rtmp.HOSTS= p , q "]);
        errors.ShouldBeEmpty();
        options.Tls.Port.ShouldBe(5);
        options.Hosts.ShouldBe(["p", "q"]);
    }

    [Fact]
    public void All_errors_are_shown_at_once_each_with_its_origin()
    {
        var (options, errors) = Bind(
            """
            rtmp:
              lisen: x
              idleTimeout: 30
              queueBytes: many
              secure: perhaps
              mode: twowrods
              hosts: { a: b }
              listen:
              ratio: [1]
            nothing: 1
            """,
            ["rtmp.maximumConnections=1001", "rtmp", "rtmp.tls=5"],
            new() { ["TAPEDECK__RTMP__SLAB_BYTES"] = "3GiB" });
        var file = _home["conf/host.yaml"];
        errors.Select(e => e.ToString()).Order().ShouldBe(new[]
        {
            "--set rtmp: write --set key=value, such as --set rtmp.listen=127.0.0.1:1935",
            "--set rtmp.maximumConnections: rtmp.maximumConnections: '1001' cannot be used; it must be between 1 and 1000",
            "--set rtmp.tls: rtmp.tls is a section; write its settings below it, indented",
            "environment variable TAPEDECK__RTMP__SLAB_BYTES: rtmp.slabBytes: '3GiB' cannot be used; it must be at most 2147483647",
            $"{file}:2:3: there is no setting 'rtmp.lisen'; did you mean 'rtmp.listen'?",
            $"{file}:3:3: rtmp.idleTimeout: '30' cannot be used; a number alone has no unit: write 30s or 30ms",
            $"{file}:4:3: rtmp.queueBytes: 'many' cannot be used; write a number of bytes, such as 64KiB, 16MiB or 1048576",
            $"{file}:5:3: rtmp.secure: 'perhaps' cannot be used; write true or false",
            $"{file}:6:3: rtmp.mode: 'twowrods' cannot be used; write one of plain, twoWords; did you mean 'twoWords'?",
            $"{file}:7:12: there is no setting 'rtmp.hosts.a'; did you mean 'rtmp.hosts'?",
            $"{file}:8:3: rtmp.listen: '' cannot be used; it needs a value; remove the line to get the default",
            $"{file}:9:3: rtmp.ratio: '1' cannot be used; write one value, not a list",
            $"{file}:10:1: there is no setting 'nothing'; 'tapedeck settings' lists them all",
        }.Order());
        options.MaximumConnections.ShouldBe(100, "a wrong value leaves the default");
    }

    [Fact]
    public void A_setting_written_twice_is_an_error()
    {
        var (_, errors) = Bind("rtmp.listen: a\nrtmp:\n  listen: b");
        errors.ShouldHaveSingleItem().Message.ShouldContain("set twice");
        Bind("rtmp:\n  listen: a\n  Listen: b").Errors.ShouldHaveSingleItem().ToString().ShouldContain("host.yaml:3:3: 'Listen' stands twice, first in line 2");
    }

    [Fact]
    public void Range_of_durations_and_sizes_is_told_in_their_units()
    {
        var source = Load("modules: { decideTimeout: 1h }\nrtmp: { queueBytes: 1 }");
        source.Bind<ModulesOptions>("modules").DecideTimeout.ShouldBe(TimeSpan.FromSeconds(5));
        source.Bind<RtmpOptions>("rtmp");
        var errors = source.Finish();
        errors[0].Message.ShouldEndWith("it must be between 10ms and 10min");
        errors[1].Message.ShouldEndWith("it must be between 1KiB and 1GiB");
    }

    [Fact]
    public void Known_settings_tell_default_unit_description_and_source()
    {
        var source = Load("rtmp: { idleTimeout: 5s, secret: hush }");
        source.Bind<RtmpOptions>("rtmp");
        var known = source.Known.ToDictionary(k => k.Key);
        known["rtmp.maximumConnections"].ShouldBe(new("rtmp.maximumConnections", "100", "connections", "Connections in all.", "100", "default"));
        known["rtmp.idleTimeout"].ShouldBe(new("rtmp.idleTimeout", "30s", "duration", "", "5s", _home["conf/host.yaml"] + ":1:9"));
        known["rtmp.queueBytes"].Default.ShouldBe("16MiB");
        known["rtmp.mode"].Unit.ShouldBe("plain, twoWords");
        known["rtmp.tls.port"].Default.ShouldBe("1443");
        known["rtmp.secret"].Value.ShouldBe("(hidden)");
        known.Values.ShouldAllBe(k => !k.Value.Contains("hush"));
    }

    [Fact]
    public void Settings_that_contradict_each_other_blame_the_one_that_was_set()
    {
        var source = Load(sets: ["pair.first=3"]);
        source.Bind<PairOptions>("pair");
        source.Finish().ShouldHaveSingleItem().ToString().ShouldBe("--set pair.first: first must not be larger than second");
    }

    [Fact]
    public void A_broken_file_is_reported_and_the_rest_goes_on()
    {
        var (options, errors) = Bind("rtmp:\n  listen: \"open", ["rtmp.ratio=2"]);
        errors.ShouldHaveSingleItem().ToString().ShouldContain("host.yaml:");
        options.Ratio.ShouldBe(2);
    }

    [Theory]
    [InlineData("500ms", 0.5)]
    [InlineData("10s", 10)]
    [InlineData("1.5 h", 5400)]
    [InlineData("30min", 1800)]
    [InlineData("2d", 172800)]
    [InlineData("00:01:00", 60)]
    public void Durations(string text, double seconds)
    {
        ValueText.TryDuration(text, out var value, out _).ShouldBeTrue();
        value.TotalSeconds.ShouldBe(seconds);
    }

    [Theory]
    [InlineData("10")]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("ten s")]
    [InlineData("1e300h")]
    [InlineData("1:2:3:4:5")]
    public void No_durations(string text) => ValueText.TryDuration(text, out _, out _).ShouldBeFalse();

    [Theory]
    [InlineData("16MiB", 16 << 20)]
    [InlineData("64 KiB", 65536)]
    [InlineData("1GB", 1_000_000_000)]
    [InlineData("0.5kB", 500)]
    [InlineData("12", 12)]
    [InlineData("12B", 12)]
    public void Sizes(string text, long bytes)
    {
        ValueText.TryBytes(text, out var value).ShouldBeTrue();
        value.ShouldBe(bytes);
    }

    [Theory]
    [InlineData("1.5")]
    [InlineData("0.3B")]
    [InlineData("MiB")]
    [InlineData("9e30TiB")]
    public void No_sizes(string text) => ValueText.TryBytes(text, out _).ShouldBeFalse();
}
