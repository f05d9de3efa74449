namespace Tapedeck.Protocols.Rtmp;

/// <summary>How C1 and S1 are made up. The digest forms differ in where the digest lies.</summary>
public enum HandshakeForm
{
    /// <summary>Time, four zero bytes, random bytes; the other side echoes them.</summary>
    Simple,

    /// <summary>Key block first, digest block second.</summary>
    DigestSecond,

    /// <summary>Digest block first, key block second.</summary>
    DigestFirst,
}
