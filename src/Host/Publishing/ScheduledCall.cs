using System.Text.Json;
using Tapedeck.Protocols.Rtmp;

namespace Tapedeck.Host.Publishing;

/// <summary>A command to send while publishing, as <c>--call</c> gives it: <c>TIME NAME [JSON]</c>, for example <c>1s startRecording ["mystream",{"format":"mp4"}]</c>.</summary>
/// <param name="At">Time from the beginning of publishing.</param>
/// <param name="Name">The command.</param>
/// <param name="Arguments">AMF values.</param>
internal sealed record ScheduledCall(TimeSpan At, string Name, IReadOnlyList<object?> Arguments)
{
    public static ScheduledCall Parse(string text)
    {
        var parts = text.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length < 2 || Duration.Parse(parts[0]) is not { } at)
            throw new FormatException($"'{text}' is not a call; write TIME NAME [JSON ARRAY], for example 1s stopRecording [\"mystream\"].");
        if (parts.Length == 2)
            return new ScheduledCall(at, parts[1], []);
        try
        {
            using var json = JsonDocument.Parse(parts[2]);
            return new ScheduledCall(at, parts[1], json.RootElement.ValueKind == JsonValueKind.Array
                ? [.. json.RootElement.EnumerateArray().Select(ToAmf)]
                : [ToAmf(json.RootElement)]);
        }
        catch (JsonException e)
        {
            throw new FormatException($"The arguments of '{parts[1]}' are not JSON: {e.Message}");
        }
    }

    private static object? ToAmf(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                var result = new AmfObject();
                foreach (var property in value.EnumerateObject())
                    result[property.Name] = ToAmf(property.Value);
                return result;
            case JsonValueKind.Array:
                return new AmfArray(value.EnumerateArray().Select(ToAmf));
            case JsonValueKind.String:
                return value.GetString();
            case JsonValueKind.Number:
                return value.GetDouble();
            case JsonValueKind.True or JsonValueKind.False:
                return value.GetBoolean();
            default:
                return null;
        }
    }
}
