using static Tapedeck.Protocols.Rtmp.Tests.Wire;

namespace Tapedeck.Protocols.Rtmp.Tests.Messages;

public sealed class ControlTests
{
    private readonly ChunkWriter _writer = new();

    [Fact]
    public void Control_messages_have_their_bytes()
    {
        Write(output => new ChunkWriter().WriteAcknowledgement(output, 0x01020304)).ShouldBe(Hex("02 000000 000004 03 00000000 01020304"));
        Write(output => new ChunkWriter().WriteWindowAcknowledgementSize(output, 2_500_000)).ShouldBe(Hex("02 000000 000004 05 00000000 002625A0"));
        Write(output => new ChunkWriter().WriteSetPeerBandwidth(output, 2_500_000, PeerBandwidthLimit.Dynamic)).ShouldBe(Hex("02 000000 000005 06 00000000 002625A0 02"));
        Write(output => new ChunkWriter().WriteAbort(output, 6)).ShouldBe(Hex("02 000000 000004 02 00000000 00000006"));
    }

    [Theory]
    [InlineData(UserControlEvent.StreamBegin, "0000 00000001", 1u, 0u)]
    [InlineData(UserControlEvent.StreamEof, "0001 00000001", 1u, 0u)]
    [InlineData(UserControlEvent.StreamDry, "0002 00000001", 1u, 0u)]
    [InlineData(UserControlEvent.SetBufferLength, "0003 00000001 00000BB8", 1u, 3000u)]
    [InlineData(UserControlEvent.StreamIsRecorded, "0004 00000001", 1u, 0u)]
    [InlineData(UserControlEvent.PingRequest, "0006 FFFFFFFF", 0xFFFFFFFFu, 0u)]
    [InlineData(UserControlEvent.PingResponse, "0007 00000007", 7u, 0u)]
    [InlineData(UserControlEvent.BufferEmpty, "001F 00000001", 1u, 0u)]
    [InlineData(UserControlEvent.BufferReady, "0020 00000001", 1u, 0u)]
    public void User_control_events_are_read_and_written_alike(UserControlEvent kind, string hex, uint value, uint buffer)
    {
        var control = new UserControl(kind, value, buffer);
        UserControl.Parse(Hex(hex)).ShouldBe(control);
        Write(output => control.Write(_writer, output))[12..].ShouldBe(Hex(hex));
    }

    [Theory]
    [InlineData("001A", 26)] // SWF verification has no data
    [InlineData("001F", 31)]
    [InlineData("FFFF 01", 65_535)]
    public void Unknown_events_are_not_fatal(string hex, int kind) => UserControl.Parse(Hex(hex)).ShouldBe(new UserControl((UserControlEvent)kind, 0));

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("0006 000000")]
    [InlineData("0003 00000001 000000")]
    public void Short_events_are_refused(string hex) => Refused(() => UserControl.Parse(Hex(hex))).Message.ShouldContain("it needs");

    [Fact]
    public void An_acknowledgement_is_due_after_each_window()
    {
        var window = default(AcknowledgementWindow);
        window.IsDue(1_000_000, out _).ShouldBeFalse();
        window.Size = 5000;
        window.IsDue(4999, out _).ShouldBeFalse();
        window.IsDue(5000, out var sequence).ShouldBeTrue();
        sequence.ShouldBe(5000u);
        window.IsDue(9999, out _).ShouldBeFalse();
        window.IsDue(0x1_0000_0001, out sequence).ShouldBeTrue();
        sequence.ShouldBe(1u);
    }

    [Theory]
    [InlineData(0u, 0u)]
    [InlineData(1u, 2500u)]
    [InlineData(2500u, 2500u)]
    [InlineData(uint.MaxValue, uint.MaxValue)]
    public void A_window_has_a_floor(uint asked, uint size) => new AcknowledgementWindow { Size = asked }.Size.ShouldBe(size);
}
