using Tapedeck.Recordings;

namespace Tapedeck.Engine.Recording;

/// <summary>This file can grow no more; another one could.</summary>
internal sealed class FileTooLargeException(string message, Exception inner) : IOException(message, inner);

/// <summary>A sync failed: what was written since the last one that did not may be lost, whatever a later sync says.</summary>
internal sealed class SyncFailedException(Exception inner) : IOException("what was written could not be brought to the medium: " + inner.Message, inner);

/// <summary>The file is not at its path any more, although it could be written.</summary>
internal sealed class FileVanishedException(string path) : IOException($"'{path}' is not there any more: it was removed, or its disk was unmounted");

/// <summary>The disk of a storage directory is not mounted.</summary>
internal sealed class MountMissingException(string message) : IOException(message);

/// <summary>There would be room, but it is not for recordings: the floor or the quota of the storage directory is reached.</summary>
internal sealed class NoRoomException(string message) : IOException(message);

/// <summary>The file was given up: the recording goes on in a new one.</summary>
internal sealed class FileGivenUpException() : Exception("The file was given up.");

/// <summary>What the errors of disks mean for who records to them, and for who repairs them.</summary>
internal static class DiskFault
{
    // Linux: ENOSPC 28, EDQUOT 122; macOS: EDQUOT 69; Windows: ERROR_DISK_FULL, ERROR_HANDLE_DISK_FULL.
    private static readonly int[] Full = [28, 122, 69, unchecked((int)0x80070070), unchecked((int)0x80070027)];

    /// <summary>EROFS; ERROR_WRITE_PROTECT.</summary>
    private static readonly int[] ReadOnly = [30, unchecked((int)0x80070013)];

    /// <summary>Errors that another time may not bring, in contrast to bugs.</summary>
    public static bool Is(Exception e) => e is IOException or UnauthorizedAccessException
        || (e is RecordingException { Refusal: RecordingRefusal.NoAccess, InnerException: { } inner } && Is(inner) && inner is not PathTooLongException);

    /// <summary>The disk is well but has no room: the same write succeeds once there is.</summary>
    public static bool IsFull(Exception e) => e is NoRoomException || Array.IndexOf(Full, e.HResult) >= 0;

    /// <summary>No other write to the same open file can be trusted, or succeed.</summary>
    public static bool IsOfTheFile(Exception e) => e is FileTooLargeException or SyncFailedException or FileVanishedException or ObjectDisposedException;

    /// <summary>What a person can do about it.</summary>
    public static string Remedy(Exception e) => e switch
    {
        NoRoomException => "Delete or move recordings, let retention do so, or lower the limit.",
        MountMissingException => "Mount it, or set storageMount of the application.",
        FileTooLargeException => "Record in parts (recordingSplitBytes), or raise the limit.",
        FileVanishedException => "Look who removed it.",
        UnauthorizedAccessException => "Check the rights of the folder.",
        _ when IsFull(e) => "Delete or move files, or set another StorageDir.",
        _ when Array.IndexOf(ReadOnly, e.HResult) >= 0 => "Check the disk, then remount it writable.",
        _ => "Check the disk and its connection, or set another StorageDir.",
    };
}
