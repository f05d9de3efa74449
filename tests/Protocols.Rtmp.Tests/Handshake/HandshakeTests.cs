using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Tapedeck.Protocols.Rtmp.Tests.Handshake;

public sealed class HandshakeTests
{
    [Theory]
    [InlineData(HandshakeForm.Simple)]
    [InlineData(HandshakeForm.DigestFirst)]
    [InlineData(HandshakeForm.DigestSecond)]
    public void Both_sides_agree(HandshakeForm form)
    {
        var client = new ClientHandshake(form, Fill(1));
        var server = new ServerHandshake(Fill(2));
        var c0c1 = Advance(client, [], out _);
        c0c1.Length.ShouldBe(1537);
        var answer = Advance(server, c0c1, out var isDone);
        answer.Length.ShouldBe(3073);
        isDone.ShouldBeFalse();
        var c2 = Advance(client, answer, out isDone);
        isDone.ShouldBeTrue();
        c2.Length.ShouldBe(1536);
        Advance(server, c2, out isDone).ShouldBeEmpty();
        isDone.ShouldBeTrue();
        server.Form.ShouldBe(form);
        client.ServerForm.ShouldBe(form);
        client.IsServerVerified.ShouldBeTrue();
    }

    [Theory]
    [InlineData(HandshakeForm.DigestFirst)]
    [InlineData(HandshakeForm.DigestSecond)]
    public void A_verifying_player_accepts_S1_and_S2(HandshakeForm form)
    {
        var c1 = MakeC1(form, seed: 3);
        var answer = Advance(new ServerHandshake(Fill(4)), [3, .. c1], out _);
        var s1 = answer[1..1537];
        var s2 = answer[1537..];
        s1[4].ShouldBeGreaterThanOrEqualTo((byte)3); // below that FFmpeg expects the simple form
        var at = Position(s1, form);
        s1[at..(at + 32)].ShouldBe(HMACSHA256.HashData(Encoding.ASCII.GetBytes("Genuine Adobe Flash Media Server 001"), Without(s1, at)));
        var c1At = Position(c1, form);
        var key = HMACSHA256.HashData(Wire.Join(Encoding.ASCII.GetBytes("Genuine Adobe Flash Media Server 001"), KeyTail), c1[c1At..(c1At + 32)]);
        s2[1504..].ShouldBe(HMACSHA256.HashData(key, s2[..1504]));
    }

    [Fact]
    public void The_simple_form_echoes_C1_and_has_no_version()
    {
        var c1 = Wire.Body(1536);
        c1.AsSpan(4, 4).Clear();
        var answer = Advance(new ServerHandshake(), [3, .. c1], out _);
        answer[0].ShouldBe((byte)3);
        answer[5..9].ShouldBe([0, 0, 0, 0]);
        answer[1537..].ShouldBe(c1);
    }

    [Fact]
    public void A_version_without_a_valid_digest_gets_the_simple_form()
    {
        var c1 = MakeC1(HandshakeForm.DigestFirst, seed: 5);
        c1[1535] ^= 1;
        var server = new ServerHandshake();
        var answer = Advance(server, [3, .. c1], out _);
        server.Form.ShouldBe(HandshakeForm.Simple);
        answer[5..9].ShouldBe([0, 0, 0, 0]);
        answer[1537..].ShouldBe(c1);
    }

    [Fact]
    public void C2_is_not_verified()
    {
        var server = new ServerHandshake();
        Advance(server, [3, .. MakeC1(HandshakeForm.DigestFirst, seed: 6)], out _);
        Advance(server, new byte[1536], out var isDone);
        isDone.ShouldBeTrue();
    }

    [Fact]
    public void Nothing_is_sent_before_C1_is_complete_and_chunks_after_C2_are_left()
    {
        var server = new ServerHandshake();
        byte[] all = [3, .. new byte[1536], .. new byte[1536], 1, 2, 3];
        var sent = 0;
        for (var i = 0; i < all.Length - 3; i++)
        {
            sent += Advance(server, all[i..(i + 1)], out var isDone).Length;
            sent.ShouldBe(i < 1536 ? 0 : 3073);
            isDone.ShouldBe(i == 3072);
        }
        ReadOnlySpan<byte> rest = all.AsSpan()[^3..];
        server.Advance(ref rest, new ArrayBufferWriter<byte>()).ShouldBeTrue();
        rest.Length.ShouldBe(3);

        rest = all;
        new ServerHandshake().Advance(ref rest, new ArrayBufferWriter<byte>()).ShouldBeTrue();
        rest.ToArray().ShouldBe([1, 2, 3]);
    }

    [Fact]
    public void The_client_answers_S1_before_S2_arrives()
    {
        var client = new ClientHandshake();
        Advance(client, [], out _);
        Advance(client, [3, .. new byte[1535]], out _).ShouldBeEmpty();
        Advance(client, [0], out var isDone).Length.ShouldBe(1536);
        isDone.ShouldBeFalse();
        Advance(client, new byte[1536], out isDone).ShouldBeEmpty();
        isDone.ShouldBeTrue();
        client.IsServerVerified.ShouldBeFalse();
    }

    [Fact]
    public void The_client_takes_a_simple_answer_to_its_digest()
    {
        var client = new ClientHandshake(HandshakeForm.DigestFirst);
        var c1 = Advance(client, [], out _)[1..];
        byte[] s1 = [0, 0, 0, 0, 0, 0, 0, 0, .. Wire.Body(1528)];
        Advance(client, [3, .. s1, .. c1], out var isDone).ShouldBe(s1);
        isDone.ShouldBeTrue();
        client.IsServerVerified.ShouldBeTrue();
    }

    [Theory]
    [InlineData("06 01", "RTMPE")]
    [InlineData("16 03 01 02 00", "looks like TLS on a port for plain RTMP: \"\\x16\\x03\\x01\\x02\\x00\"")]
    [InlineData("47 45 54 20 2F", "looks like HTTP on a port for RTMP: \"GET /\"")]
    [InlineData("50 4F 53 54 20 2F 0D 0A", "HTTP on a port for RTMP: \"POST /\\x0d\\x0a\"")]
    [InlineData("47", "version 71, not 3: \"G\"")]
    [InlineData("00 22 5C", "version 0, not 3: \"\\x00\\x22\\x5c\"")]
    public void Other_protocols_are_refused_by_name(string hex, string why) =>
        Wire.Refused(() => Advance(new ServerHandshake(), Wire.Hex(hex), out _)).Message.ShouldContain(why);

    [Fact]
    public void The_client_refuses_another_version() =>
        Wire.Refused(() => Advance(new ClientHandshake(), Encoding.ASCII.GetBytes("HTTP/1.1"), out _)).Message.ShouldContain("version 72");

    // An independent statement of the digest rules, after which the code is judged.
    private static readonly byte[] KeyTail = Wire.Hex("F0EEC24A8068BEE82E00D0D1029E7E576EEC5D2D29806FAB93B8E636CFEB31AE");

    private static byte[] MakeC1(HandshakeForm form, int seed)
    {
        var c1 = Wire.Body(1536, seed);
        c1[4] = 9;
        var at = Position(c1, form);
        HMACSHA256.HashData(Encoding.ASCII.GetBytes("Genuine Adobe Flash Player 001"), Without(c1, at)).CopyTo(c1, at);
        return c1;
    }

    private static int Position(byte[] packet, HandshakeForm form) => form == HandshakeForm.DigestSecond
        ? (packet[772] + packet[773] + packet[774] + packet[775]) % 728 + 776
        : (packet[8] + packet[9] + packet[10] + packet[11]) % 728 + 12;

    private static byte[] Without(byte[] packet, int at) => [.. packet[..at], .. packet[(at + 32)..]];

    private static Action<Span<byte>> Fill(int seed)
    {
        var random = new Random(seed);
        return span => random.NextBytes(span);
    }

    private static byte[] Advance(ServerHandshake handshake, byte[] input, out bool isDone)
    {
        var output = new ArrayBufferWriter<byte>();
        ReadOnlySpan<byte> rest = input;
        isDone = handshake.Advance(ref rest, output);
        rest.IsEmpty.ShouldBeTrue();
        return output.WrittenSpan.ToArray();
    }

    private static byte[] Advance(ClientHandshake handshake, byte[] input, out bool isDone)
    {
        var output = new ArrayBufferWriter<byte>();
        ReadOnlySpan<byte> rest = input;
        isDone = handshake.Advance(ref rest, output);
        return output.WrittenSpan.ToArray();
    }
}
