namespace Tapedeck.Protocols.Rtmp;

/// <summary>The information object of an <c>onStatus</c> call or of a connect answer (RTMP 1.0 section 7.2.2).</summary>
/// <param name="Level">status, warning or error; empty when missing.</param>
/// <param name="Code">Such as NetStream.Publish.Start; empty when missing.</param>
public sealed record RtmpStatus(string Level, string Code, string Description, AmfObject Info)
{
    public bool IsError => Level == "error";

    /// <summary>Makes the information object; its other properties can be added to <see cref="Info"/>.</summary>
    public static RtmpStatus Create(string level, string code, string description) =>
        new(level, code, description, new AmfObject { ["level"] = level, ["code"] = code, ["description"] = description });

    /// <summary>The first object among the arguments, else the command object; all empty when there is none.</summary>
    public static RtmpStatus From(RtmpCommand command)
    {
        var info = command.Arguments.OfType<AmfObject>().FirstOrDefault() ?? command.CommandObject as AmfObject ?? [];
        return new RtmpStatus(info.GetString("level") ?? "", info.GetString("code") ?? "", info.GetString("description") ?? "", info);
    }

    /// <summary>The <c>onStatus</c> command that carries it.</summary>
    public RtmpCommand ToCommand(double transactionId = 0) => new("onStatus", transactionId, null, Info);
}
