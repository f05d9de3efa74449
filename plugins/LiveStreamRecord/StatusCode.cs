namespace Tapedeck.LiveStreamRecord;

/// <summary>Codes of status messages and of errors.</summary>
internal static class StatusCode
{
    public const string Start = "NetStream.Record.Start";
    public const string Stop = "NetStream.Record.Stop";
    public const string NoAccess = "NetStream.Record.NoAccess";
    public const string Failed = "NetStream.Record.Failed";

    /// <summary>
    /// Our own: one file of a recording that goes on is complete. Not <see cref="Stop"/>, after which a client takes the recording for ended;
    /// clients pass over codes that they do not know when the level is status.
    /// </summary>
    public const string FileClosed = "NetStream.Record.FileClosed";
}
