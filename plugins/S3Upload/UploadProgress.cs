using System.Text.Json;
using System.Text.Json.Serialization;

namespace Tapedeck.S3Upload;

/// <summary>What the next attempt must know, kept with the step.</summary>
internal sealed class UploadProgress
{
    /// <summary>Where the verified upload is; null before.</summary>
    public string? Uploaded { get; set; }

    /// <summary>What was begun, by <see cref="TargetSettings.Identity"/>.</summary>
    public Dictionary<string, TargetProgress> Targets { get; set; } = [];

    /// <summary>Nothing, or nothing that can be read, is a new beginning.</summary>
    public static UploadProgress Read(string? text)
    {
        try
        {
            return text is null ? new() : JsonSerializer.Deserialize(text, ProgressJson.Default.UploadProgress) ?? new();
        }
        catch (JsonException)
        {
            return new();
        }
    }

    public string Write() => JsonSerializer.Serialize(this, ProgressJson.Default.UploadProgress);

    public TargetProgress For(string identity)
    {
        if (!Targets.TryGetValue(identity, out var progress))
            Targets[identity] = progress = new();
        return progress;
    }
}

/// <summary>What was begun at one destination.</summary>
internal sealed class TargetProgress
{
    /// <summary>Failures there since it last got any further.</summary>
    public int Failures { get; set; }

    /// <summary>The name chosen, where it is not the first choice or parts were sent.</summary>
    public string? Key { get; set; }

    /// <summary>The store's name of the unfinished upload in parts; null when there is none.</summary>
    public string? UploadId { get; set; }

    /// <summary>Size of its parts.</summary>
    public long PartBytes { get; set; }

    /// <summary>Size of the file then.</summary>
    public long Length { get; set; }

    /// <summary>Last change of the file then, in ticks.</summary>
    public long Modified { get; set; }

    /// <summary>SHA-256 of the file, in hex.</summary>
    public string? Sha256 { get; set; }

    /// <summary>ETags of finished parts, by their number less one; null where it is not finished.</summary>
    public List<string?> Parts { get; set; } = [];

    public void ForgetUpload() => (UploadId, Parts) = (null, []);
}

[JsonSerializable(typeof(UploadProgress))]
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class ProgressJson : JsonSerializerContext;
