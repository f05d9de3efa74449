using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Tapedeck.Protocols.Rtmp;

// C1, S1 (1536 bytes):                                   C2, S2, digest form:
//  simple:        time(4) zero(4)    random(1528)         random(1504) signature(32)
//  DigestSecond:  time(4) version(4) key(764) digest(764)
//  DigestFirst:   time(4) version(4) digest(764) key(764)
// A digest block is: offset(4) … digest(32) …; the sum of the four offset bytes modulo 728, counted from behind them.

/// <summary>Making and checking the 1536-byte handshake packets.</summary>
internal static class HandshakePacket
{
    public const byte Version = 3;
    public const int Length = 1536;
    public const int DigestLength = 32;
    private const int BlockLength = 764;
    private const int FirstBlock = 8;

    private static readonly byte[] KeyTail =
    [
        0xF0, 0xEE, 0xC2, 0x4A, 0x80, 0x68, 0xBE, 0xE8, 0x2E, 0x00, 0xD0, 0xD1, 0x02, 0x9E, 0x7E, 0x57,
        0x6E, 0xEC, 0x5D, 0x2D, 0x29, 0x80, 0x6F, 0xAB, 0x93, 0xB8, 0xE6, 0x36, 0xCF, 0xEB, 0x31, 0xAE,
    ];

    /// <summary>62 bytes: signs C2; its first 30 bytes sign C1.</summary>
    public static byte[] ClientKey { get; } = [.. "Genuine Adobe Flash Player 001"u8, .. KeyTail];

    /// <summary>68 bytes: signs S2; its first 36 bytes sign S1.</summary>
    public static byte[] ServerKey { get; } = [.. "Genuine Adobe Flash Media Server 001"u8, .. KeyTail];

    public static ReadOnlySpan<byte> ClientShortKey => ClientKey.AsSpan(0, 30);

    public static ReadOnlySpan<byte> ServerShortKey => ServerKey.AsSpan(0, 36);

    /// <summary>Whether the version field says that a digest may be inside.</summary>
    public static bool HasVersion(ReadOnlySpan<byte> packet) => packet[4..8].ContainsAnyExcept((byte)0);

    /// <summary>Where the digest of a packet 1 lies, as its offset bytes say.</summary>
    public static int DigestPosition(ReadOnlySpan<byte> packet, HandshakeForm form)
    {
        var block = form == HandshakeForm.DigestFirst ? FirstBlock : FirstBlock + BlockLength;
        var sum = packet[block] + packet[block + 1] + packet[block + 2] + packet[block + 3];
        return block + 4 + sum % (BlockLength - DigestLength - 4);
    }

    /// <summary>The form under which the digest in a packet 1 is right; Simple when it is right under none.</summary>
    public static HandshakeForm FindDigest(ReadOnlySpan<byte> packet, ReadOnlySpan<byte> key, out ReadOnlySpan<byte> digest)
    {
        Span<byte> expected = stackalloc byte[DigestLength];
        foreach (var form in (ReadOnlySpan<HandshakeForm>)[HandshakeForm.DigestSecond, HandshakeForm.DigestFirst])
        {
            var at = DigestPosition(packet, form);
            Digest(packet, at, key, expected);
            digest = packet.Slice(at, DigestLength);
            if (digest.SequenceEqual(expected)) return form;
        }
        digest = default;
        return HandshakeForm.Simple;
    }

    /// <summary>Makes a packet 1: random, with a digest unless the form is simple.</summary>
    public static void Make(Span<byte> packet, HandshakeForm form, uint time, uint version, ReadOnlySpan<byte> key, Action<Span<byte>> fillRandom)
    {
        fillRandom(packet[8..]);
        BinaryPrimitives.WriteUInt32BigEndian(packet, time);
        BinaryPrimitives.WriteUInt32BigEndian(packet[4..], form == HandshakeForm.Simple ? 0 : version);
        if (form == HandshakeForm.Simple) return;
        var at = DigestPosition(packet, form);
        Digest(packet, at, key, packet.Slice(at, DigestLength));
    }

    /// <summary>Makes a packet 2 in digest form: random bytes, signed with a key made from the other side's digest.</summary>
    public static void MakeSigned(Span<byte> packet, ReadOnlySpan<byte> peerDigest, byte[] key, Action<Span<byte>> fillRandom)
    {
        fillRandom(packet[..^DigestLength]);
        Sign(packet, peerDigest, key, packet[^DigestLength..]);
    }

    public static bool IsSigned(ReadOnlySpan<byte> packet, ReadOnlySpan<byte> peerDigest, byte[] key)
    {
        Span<byte> expected = stackalloc byte[DigestLength];
        Sign(packet, peerDigest, key, expected);
        return packet[^DigestLength..].SequenceEqual(expected);
    }

    private static void Sign(ReadOnlySpan<byte> packet, ReadOnlySpan<byte> peerDigest, byte[] key, Span<byte> signature)
    {
        Span<byte> signingKey = stackalloc byte[DigestLength];
        HMACSHA256.HashData(key, peerDigest, signingKey);
        HMACSHA256.HashData(signingKey, packet[..^DigestLength], signature);
    }

    /// <summary>HMAC-SHA256 over the packet without the 32 bytes at <paramref name="at"/>.</summary>
    private static void Digest(ReadOnlySpan<byte> packet, int at, ReadOnlySpan<byte> key, Span<byte> digest)
    {
        Span<byte> others = stackalloc byte[Length - DigestLength];
        packet[..at].CopyTo(others);
        packet[(at + DigestLength)..].CopyTo(others[at..]);
        HMACSHA256.HashData(key, others, digest);
    }
}
