namespace Tapedeck.Protocols.Rtmp;

/// <summary>The three AMF3 reference tables of one message, and its budget.</summary>
internal sealed class Amf3Tables(AmfBudget budget)
{
    public readonly AmfBudget Budget = budget;
    public readonly AmfTable Strings = new(budget, "string");
    public readonly AmfTable Objects = new(budget, "object");
    public readonly List<Amf3Traits> Traits = [];
}

/// <summary>AMF3 section 3.12: what the objects of one class have in common.</summary>
internal sealed record Amf3Traits(string ClassName, bool IsDynamic, IReadOnlyList<string> Sealed);
