namespace Tapedeck.Containers.Repair;

/// <summary>Mends files of one container. Stateless; found by <see cref="ContainerRepair.All"/>.</summary>
public interface IContainerRepair
{
    /// <summary>The container's name.</summary>
    string Name { get; }

    /// <summary>Whether a file that begins like this (up to <see cref="ContainerRepair.StartLength"/> bytes) is of this container.</summary>
    bool Recognises(ReadOnlySpan<byte> start);

    /// <summary>Reads the file and plans; writes nothing and leaves the stream open.</summary>
    /// <exception cref="ContainerFormatException">It cannot be read: the message becomes the plan's only step.</exception>
    /// <param name="file">Seekable.</param>
    /// <param name="isOwn">It is known that this host wrote it: what damages its end is the loss of power, and is cut off.</param>
    RepairPlan Analyse(Stream file, bool isOwn);
}
