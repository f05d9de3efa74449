using Tapedeck.Protocols.Rtmp.Tests.Amf;
using static Tapedeck.Protocols.Rtmp.Tests.Wire;

namespace Tapedeck.Protocols.Rtmp.Tests.Messages;

public sealed class CommandTests
{
    private static readonly RtmpLimits Limits = RtmpLimits.Default;

    [Theory]
    [InlineData(MessageType.CommandAmf0)]
    [InlineData(MessageType.CommandAmf3)]
    public void A_command_survives_the_wire(MessageType type)
    {
        var command = new RtmpCommand("publish", 5, null, "name", "record");
        var bytes = Write(output => command.Write(output, type));
        bytes[0].ShouldBe(type == MessageType.CommandAmf3 ? (byte)0 : (byte)2);
        var read = RtmpCommand.Parse(type, bytes, Limits);
        (read.Name, read.TransactionId, read.CommandObject).ShouldBe(("publish", 5d, null));
        read.Arguments.ShouldBe(["name", "record"]);
        read.Argument(1).ShouldBe("record");
        read.Argument(2).ShouldBeNull();
    }

    [Fact]
    public void An_AMF3_command_without_selector_is_read()
    {
        var bytes = Write(output => new RtmpCommand("x", 1, null).Write(output));
        RtmpCommand.Parse(MessageType.CommandAmf3, bytes, Limits).Name.ShouldBe("x");
    }

    [Fact]
    public void A_selector_does_not_belong_to_AMF0() => Refused(() => RtmpCommand.Parse(MessageType.CommandAmf0, Hex("00 02 0001 78"), Limits));

    [Fact]
    public void AMF3_arguments_are_read() =>
        RtmpCommand.Parse(MessageType.CommandAmf3, Hex("00 02 0001 78 00 0000000000000000 05 11 09 03 01 06 03 61"), Limits)
            .Argument(0).ShouldBeOfType<AmfArray>()[0].ShouldBe("a");

    [Theory]
    [InlineData("02 0001 78", 0)] // only a name
    [InlineData("02 0001 78 05", 0)] // no number
    [InlineData("02 0001 78 00 4000000000000000", 2)] // no command object
    public void Missing_values_have_defaults(string hex, double transaction)
    {
        var read = RtmpCommand.Parse(MessageType.CommandAmf0, Hex(hex), Limits);
        read.TransactionId.ShouldBe(transaction);
        read.CommandObject.ShouldBeNull();
        read.Arguments.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("")]
    [InlineData("05")]
    [InlineData("03 000009")]
    public void A_command_without_a_name_is_refused(string hex)
    {
        Refused(() => RtmpCommand.Parse(MessageType.CommandAmf0, Hex(hex), Limits));
        Refused(() => RtmpData.Parse(MessageType.DataAmf0, Hex(hex), Limits));
    }

    [Theory]
    [InlineData(MessageType.DataAmf0)]
    [InlineData(MessageType.DataAmf3)]
    public void Data_survives_the_wire(MessageType type)
    {
        var metadata = new AmfObject { IsEcmaArray = true, ["width"] = 1920d };
        var bytes = Write(output => new RtmpData(RtmpData.SetDataFrame, "onMetaData", metadata).Write(output, type));
        var read = RtmpData.Parse(type, bytes, Limits);
        read.Name.ShouldBe("@setDataFrame");
        read.Handler.ShouldBe("onMetaData");
        AmfText.Show(read.Content).ShouldBe("#{width:1920}");
    }

    [Fact]
    public void The_handler_is_found_with_and_without_a_data_frame_command()
    {
        new RtmpData("onMetaData", 1d).Handler.ShouldBe("onMetaData");
        new RtmpData("onMetaData", 1d).Content.ShouldBe(1d);
        new RtmpData("@clearDataFrame", "onMetaData").Handler.ShouldBe("onMetaData");
        new RtmpData("@clearDataFrame", "onMetaData").Content.ShouldBeNull();
        new RtmpData("@setDataFrame").Handler.ShouldBe("");
        new RtmpData("@setDataFrame", 1d).Handler.ShouldBe("");
    }
}
