using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Tapedeck.Plugins;

namespace Tapedeck.Ingest.Rtmp.Tests;

public sealed class CertificateFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tapedeck-").FullName;
    private readonly ManualTime _time = new();
    private DateTime _written = new(2029, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Pem_with_its_key_beside_it()
    {
        Write("one");
        NameOf(new CertificateFile(At("cert.pem"), At("key.pem"), _time)).ShouldBe("CN=one");
    }

    [Fact]
    public void Pem_with_its_key_inside()
    {
        using var key = RSA.Create(2048);
        using var certificate = Make("both", key);
        File.WriteAllText(At("both.pem"), certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem());
        NameOf(new CertificateFile(At("both.pem"), "", _time)).ShouldBe("CN=both");
    }

    [Fact]
    public void Pfx()
    {
        using var key = RSA.Create(2048);
        using var certificate = Make("pfx", key);
        File.WriteAllBytes(At("c.PFX"), certificate.Export(X509ContentType.Pfx));
        NameOf(new CertificateFile(At("c.PFX"), "", _time)).ShouldBe("CN=pfx");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("no certificate")]
    public void What_cannot_be_used_says_which_file_and_setting(string? content)
    {
        if (content is not null)
            File.WriteAllText(At("cert.pem"), content);
        var error = Should.Throw<ServerStartException>(() => new CertificateFile(At("cert.pem"), "", _time));
        error.Message.ShouldContain(At("cert.pem"));
        error.Message.ShouldContain("rtmp.certificateFile");
    }

    [Fact]
    public void A_key_of_another_certificate_is_refused()
    {
        Write("one");
        using var other = RSA.Create(2048);
        File.WriteAllText(At("key.pem"), other.ExportPkcs8PrivateKeyPem());
        Should.Throw<ServerStartException>(() => new CertificateFile(At("cert.pem"), At("key.pem"), _time));
    }

    [Fact]
    public void A_renewal_is_seen_after_some_seconds()
    {
        Write("one");
        var file = new CertificateFile(At("cert.pem"), At("key.pem"), _time);
        Write("two");
        NameOf(file).ShouldBe("CN=one");
        _time.Advance(TimeSpan.FromSeconds(11));
        NameOf(file).ShouldBe("CN=two");
    }

    [Fact]
    public void A_renewal_that_keeps_its_key_is_seen()
    {
        using var key = RSA.Create(2048);
        Write("one", key);
        var file = new CertificateFile(At("cert.pem"), At("key.pem"), _time);
        using var renewed = Make("renewed", key);
        File.WriteAllText(At("cert.pem"), renewed.ExportCertificatePem());
        File.SetLastWriteTimeUtc(At("cert.pem"), _written += TimeSpan.FromDays(60));
        _time.Advance(TimeSpan.FromSeconds(11));
        NameOf(file).ShouldBe("CN=renewed");
    }

    [Fact]
    public void A_renewal_behind_a_folder_that_is_a_link_is_seen()
    {
        Directory.CreateDirectory(At("v1"));
        Directory.CreateDirectory(At("v2"));
        Write("one", null, "v1");
        Write("two", null, "v2");
        Directory.CreateSymbolicLink(At("data"), At("v1"));
        File.CreateSymbolicLink(At("cert.pem"), Path.Combine(At("data"), "cert.pem"));
        File.CreateSymbolicLink(At("key.pem"), Path.Combine(At("data"), "key.pem"));
        var file = new CertificateFile(At("cert.pem"), At("key.pem"), _time);
        Directory.Delete(At("data"));
        Directory.CreateSymbolicLink(At("data"), At("v2"));
        _time.Advance(TimeSpan.FromSeconds(11));
        NameOf(file).ShouldBe("CN=two");
    }

    [Fact]
    public void Half_a_renewal_leaves_the_last_good_one_until_it_is_whole()
    {
        Write("one");
        var file = new CertificateFile(At("cert.pem"), At("key.pem"), _time);
        using var key = RSA.Create(2048);
        using var certificate = Make("two", key);
        File.WriteAllText(At("key.pem"), key.ExportPkcs8PrivateKeyPem());
        File.SetLastWriteTimeUtc(At("key.pem"), _written += TimeSpan.FromDays(60));
        _time.Advance(TimeSpan.FromSeconds(11));
        NameOf(file).ShouldBe("CN=one");
        File.Delete(At("cert.pem"));
        _time.Advance(TimeSpan.FromSeconds(11));
        NameOf(file).ShouldBe("CN=one");
        File.WriteAllText(At("cert.pem"), certificate.ExportCertificatePem());
        _time.Advance(TimeSpan.FromSeconds(11));
        NameOf(file).ShouldBe("CN=two");
    }

    internal static X509Certificate2 Make(string name, RSA key)
    {
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return request.CreateSelfSigned(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2050, 1, 1, 0, 0, 0, TimeSpan.Zero));
    }

    private static string NameOf(CertificateFile file) => file.Current.TargetCertificate.Subject;

    private void Write(string name, RSA? key = null, string folder = "")
    {
        using var made = RSA.Create(2048);
        using var certificate = Make(name, key ?? made);
        var (cert, secret) = (Path.Combine(_folder, folder, "cert.pem"), Path.Combine(_folder, folder, "key.pem"));
        File.WriteAllText(cert, certificate.ExportCertificatePem());
        File.WriteAllText(secret, (key ?? made).ExportPkcs8PrivateKeyPem());
        _written += TimeSpan.FromDays(60);
        File.SetLastWriteTimeUtc(cert, _written);
        File.SetLastWriteTimeUtc(secret, _written);
    }

    private string At(string name) => Path.Combine(_folder, name);
}
