using Tapedeck.Containers;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Recording;

/// <summary>Whether a recording can go on at the end of a file that exists is said before it starts: who asks to append, be it to a file of another program, must not find out from the log.</summary>
internal static class ContinuedFile
{
    /// <summary>The target, when it is a new file or one that can be continued. Only reads. Called on the volume's thread.</summary>
    /// <exception cref="RecordingException">It cannot be continued; the target is free again.</exception>
    public static FileTarget Checked(FileTarget target, ContainerFormat format, RecordingOptions options, IDisk disk)
    {
        if (!target.Continues)
            return target;
        try
        {
            using var handle = disk.Open(target.Path);
            using var file = handle.Read();
            var writer = format.Continue(file, new ContainerContext(default, default, options.RecordData) { Options = options }, new DiskPlan());
            (writer as IDisposable)?.Dispose();
            return target;
        }
        catch (ContainerFormatException e)
        {
            target.Dispose();
            throw new RecordingException(RecordingRefusal.CannotAppend, $"'{target.Path}' cannot be appended to: {e.Message} Record with versions, under another name, or in the format of that file.", e);
        }
        catch (NotRegularException e)
        {
            target.Dispose();
            throw new RecordingException(RecordingRefusal.NoAccess, $"{e.Message} Recordings are not appended through links; record with versions, or under another name.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            target.Dispose();
            throw new RecordingException(RecordingRefusal.NoAccess, $"'{target.Path}' cannot be read: {e.Message}", e);
        }
    }
}
