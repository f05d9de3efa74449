using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Tapedeck.Containers.Flv;

namespace Tapedeck.Containers;

/// <summary>
/// Script data in the form in which containers other than FLV carry it: <c>{"name":"onTextData","values":[{"text":"hello"}]}</c>. Dates become ISO 8601
/// text, null and undefined are null; on the way back objects are plain objects, but for those of onMetaData, which are ECMA arrays.
/// </summary>
internal static class ScriptJson
{
    /// <summary>A sample that says nothing: where a track must have one.</summary>
    public static readonly byte[] Nothing = "{}"u8.ToArray();

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Null when the body has no name.</summary>
    public static byte[]? FromAmf(ReadOnlySpan<byte> body)
    {
        var data = ScriptData.Read(body);
        if (data.Name.Length == 0)
            return null;
        var output = new ArrayBufferWriter<byte>(body.Length * 2);
        using (var json = new Utf8JsonWriter(output, Options))
        {
            json.WriteStartObject();
            json.WriteString("name", data.Name);
            json.WriteStartArray("values");
            foreach (var value in data.Values)
                Write(json, value);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return output.WrittenSpan.ToArray();
    }

    /// <summary>Null for what <see cref="FromAmf"/> does not write.</summary>
    public static byte[]? ToAmf(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("name", out var name) || name.ValueKind != JsonValueKind.String
                || !document.RootElement.TryGetProperty("values", out var values) || values.ValueKind != JsonValueKind.Array)
                return null;
            var output = new ArrayBufferWriter<byte>(json.Length + 16);
            var amf = new ScriptDataWriter(output);
            var title = name.GetString()!;
            amf.AnyText(title);
            foreach (var value in values.EnumerateArray())
                Write(amf, value, isArray: title == FlvMetadata.Name);
            return output.WrittenSpan.ToArray();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static void Write(Utf8JsonWriter json, ScriptValue value)
    {
        switch (value.Kind)
        {
            case ScriptKind.Number:
                Number(json, value.Number);
                break;
            case ScriptKind.Boolean:
                json.WriteBooleanValue(value.Boolean);
                break;
            case ScriptKind.Text:
                json.WriteStringValue(value.Text);
                break;
            case ScriptKind.Date when Math.Abs(value.Number) < 8e15 && value.Number > -6e13 && value.Number < 2.5e14:
                json.WriteStringValue(DateTimeOffset.FromUnixTimeMilliseconds((long)value.Number).UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
                break;
            case ScriptKind.Object:
                json.WriteStartObject();
                foreach (var (name, property) in value.Properties)
                {
                    json.WritePropertyName(name);
                    Write(json, property);
                }

                json.WriteEndObject();
                break;
            case ScriptKind.List:
                json.WriteStartArray();
                foreach (var item in value.Items)
                    Write(json, item);
                json.WriteEndArray();
                break;
            case ScriptKind.Numbers:
                json.WriteStartArray();
                foreach (var number in value.Numbers)
                    Number(json, number);
                json.WriteEndArray();
                break;
            default:
                json.WriteNullValue();
                break;
        }
    }

    private static void Number(Utf8JsonWriter json, double number)
    {
        if (double.IsFinite(number))
            json.WriteNumberValue(number);
        else
            json.WriteNullValue();
    }

    private static void Write(ScriptDataWriter amf, JsonElement value, bool isArray = false)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Number:
                amf.Number(value.GetDouble());
                break;
            case JsonValueKind.True or JsonValueKind.False:
                amf.Boolean(value.GetBoolean());
                break;
            case JsonValueKind.String:
                amf.AnyText(value.GetString()!);
                break;
            case JsonValueKind.Object:
                if (isArray)
                    amf.BeginEcmaArray(value.EnumerateObject().Count());
                else
                    amf.BeginObject();
                foreach (var property in value.EnumerateObject())
                {
                    // A name that AMF0 has no length for: nothing of ours has one.
                    if (property.Name.Length is 0 or > ushort.MaxValue / 4)
                        continue;
                    amf.Name(property.Name);
                    Write(amf, property.Value);
                }

                amf.EndObject();
                break;
            case JsonValueKind.Array:
                amf.BeginStrictArray(value.GetArrayLength());
                foreach (var item in value.EnumerateArray())
                    Write(amf, item);
                break;
            default:
                amf.Marker(5);
                break;
        }
    }
}
