using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Tapedeck.Plugins;

namespace Tapedeck.Ingest.Rtmp;

/// <summary>The certificate of RTMPS, read again when its file changes: a renewal needs no restart. Safe for use by any thread.</summary>
internal sealed class CertificateFile
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(10);

    private readonly string _certificate;
    private readonly string _key;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private SslStreamCertificateContext _context;
    private (DateTime Certificate, DateTime Key) _written;
    private long _lookedAt;

    public CertificateFile(string certificate, string key, TimeProvider time)
    {
        _certificate = certificate;
        _key = key;
        _time = time;
        _written = LastWrite();
        _lookedAt = time.GetTimestamp();
        try
        {
            _context = Load();
        }
        catch (Exception e) when (e is IOException or CryptographicException or UnauthorizedAccessException)
        {
            throw new ServerStartException($"The certificate '{certificate}' (rtmp.certificateFile) cannot be used: {e.Message}", e);
        }
    }

    /// <summary>The present certificate; the last good one while a new file cannot be read.</summary>
    public SslStreamCertificateContext Current
    {
        get
        {
            lock (_gate)
            {
                if (_time.GetElapsedTime(_lookedAt) < LookEvery)
                    return _context;
                _lookedAt = _time.GetTimestamp();
                try
                {
                    if (LastWrite() is var written && written != _written)
                        (_context, _written) = (Load(), written);
                }
                catch (Exception e) when (e is IOException or CryptographicException or UnauthorizedAccessException)
                {
                    // Half-written during a renewal: looked at again in a moment.
                }

                return _context;
            }
        }
    }

    /// <summary>Of both files: a renewal may keep the key. Links are followed, because renewals often turn only the link.</summary>
    private (DateTime Certificate, DateTime Key) LastWrite() => (LastWrite(_certificate), _key.Length > 0 ? LastWrite(_key) : default);

    private static DateTime LastWrite(string path) =>
        File.GetLastWriteTimeUtc(File.Exists(path) ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path : path);

    private SslStreamCertificateContext Load()
    {
        if (Path.GetExtension(_certificate).Equals(".pfx", StringComparison.OrdinalIgnoreCase) || Path.GetExtension(_certificate).Equals(".p12", StringComparison.OrdinalIgnoreCase))
            return SslStreamCertificateContext.Create(X509CertificateLoader.LoadPkcs12FromFile(_certificate, null), null, offline: true);

        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(_certificate);
        using var own = X509Certificate2.CreateFromPemFile(_certificate, _key.Length > 0 ? _key : null);
        // SslStream on some platforms wants the key in a key store, which a PFX round trip gives it.
        var usable = X509CertificateLoader.LoadPkcs12(own.Export(X509ContentType.Pfx), null);
        return SslStreamCertificateContext.Create(usable, chain, offline: true);
    }
}
