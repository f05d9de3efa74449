namespace Tapedeck.S3Upload;

/// <summary>An upload cannot go on now; the message tells what is wrong and the remedy, and no secret.</summary>
internal class UploadException(string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>Trying again would end the same way.</summary>
internal sealed class UploadFailedException(string message) : UploadException(message);

/// <summary>Its time has not come.</summary>
internal sealed class UploadWaitException(string message, TimeSpan after) : UploadException(message)
{
    /// <summary>When to call again.</summary>
    public TimeSpan After { get; } = after;
}
