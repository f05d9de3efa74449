using Tapedeck.Media;

namespace Tapedeck.Containers;

/// <summary>Whether a track can go into the file being written.</summary>
public enum TrackVerdict
{
    /// <summary>Yes.</summary>
    Accepted,

    /// <summary>Only into a new file: the header of this one is written and cannot take it.</summary>
    NeedsNewFile,

    /// <summary>To be judged again after a cut: what was added before it must not share a fragment with it.</summary>
    CutFirst,

    /// <summary>This container cannot carry it at all.</summary>
    Unsupported,
}

/// <summary>
/// Turns frames into the operations that make a file. Does no I/O, reads no clock. Life: frames are added, a fragment is cut about
/// once a second, at last the file is finished. After each plan that was carried out whole the file is playable.
/// </summary>
public interface IContainerWriter
{
    /// <summary>Whether frames of this track (a new one, or one whose configuration changed) can be added now.</summary>
    TrackVerdict Judge(Track track);

    /// <summary>
    /// Adds the next frame in order of arrival. Its memory must stay valid until the plan of the next <see cref="CutFragment"/> was carried out.
    /// Kinds the container has no place for are ignored. A sample of a track that was not judged Accepted is an error of the caller.
    /// </summary>
    void Add(in MediaFrame frame);

    /// <summary>
    /// Writes everything added since the last cut. The first cut also writes the header, so all tracks of the file should have been seen by then.
    /// Does nothing when nothing was added.
    /// </summary>
    /// <param name="plan">Takes the operations.</param>
    /// <param name="following">Frames known to come next, not yet added: they tell how long the last sample of each track lasts. May be empty.</param>
    void CutFragment(DiskPlan plan, ReadOnlySpan<MediaFrame> following);

    /// <summary>Writes what is left and the index. No frame can be added afterwards.</summary>
    void Finish(DiskPlan plan);

    /// <summary>
    /// True when the file has reached a limit of its container or options: the next file should be started at the next key frame. Frames can still be added.
    /// </summary>
    bool MustEnd => false;

    /// <summary>Why a track needs a new file although changes may go on in this one, for people; null when there is nothing to add.</summary>
    string? WhyNewFile(Track track) => null;

    /// <summary>Presentation duration of what was added so far.</summary>
    TimeSpan Duration { get; }

    /// <summary>Length of the file in bytes once every plan so far was carried out.</summary>
    long Length { get; }
}
