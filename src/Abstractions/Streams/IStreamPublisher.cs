using Tapedeck.Media;

namespace Tapedeck.Streams;

/// <summary>What a publisher asks for with its third argument (RTMP <c>publish</c> type).</summary>
public enum PublishType
{
    /// <summary>Live only; recorded when the application records everything.</summary>
    Live,

    /// <summary>Live, and recorded over an existing file.</summary>
    Record,

    /// <summary>Live, and recorded to the end of an existing file.</summary>
    Append,
}

/// <summary>
/// The writing end of a stream's log, used by the publisher's task alone. The way of a packet: <see cref="Lend"/> memory, fill it
/// from the socket, <see cref="Append"/> the frames that lie in it, <see cref="Return"/> it; then <see cref="Commit"/> once for everything that
/// one receive brought. Nothing here but <see cref="PaceAsync"/> waits for a reader or a disk, and nothing allocates in steady state.
/// </summary>
public interface IStreamPublisher
{
    /// <summary>The stream that is written.</summary>
    ILiveStream Stream { get; }

    /// <summary>Memory for one packet of <paramref name="length"/> bytes, in the log itself. Several may be lent at a time.</summary>
    Memory<byte> Lend(int length);

    /// <summary>
    /// Ends a loan: call once for each <see cref="Lend"/>, with the memory it gave, after its frames were appended or when the packet was dropped.
    /// </summary>
    void Return(Memory<byte> lent);

    /// <summary>
    /// Appends a frame whose payload and packet lie in lent memory that was not returned yet. Readers do not see it before <see cref="Commit"/>.
    /// </summary>
    /// <param name="frame">The frame; its position is assigned by the log.</param>
    /// <param name="lent">The loan that holds it; default when the frame refers to immutable memory, or none.</param>
    void Append(in MediaFrame frame, Memory<byte> lent);

    /// <summary>Makes everything appended visible and wakes the readers that waited for it.</summary>
    void Commit();

    /// <summary>
    /// Media time, from what was committed last, until a reader wants to be woken: zero when one wants each frame at once,
    /// <see cref="TimeSpan.MaxValue"/> when none waits. Who receives rarely receives again by then, and loses no more in a crash than who receives always.
    /// </summary>
    TimeSpan Slack { get; }

    /// <summary>
    /// To be awaited after <see cref="Commit"/> by who can make his source wait (TCP): completes at once unless the source has sent faster than its own
    /// clock runs and a recorder is behind; then as soon as that has caught up, in any case within seconds. A source in real time never waits.
    /// </summary>
    ValueTask PaceAsync();

    /// <summary>Keeps the newest <c>onMetaData</c> for readers to come; an empty value removes it.</summary>
    void SetMetadata(ReadOnlyMemory<byte> amf0);

    /// <summary>Ends the stream; readers drain what is left. Later calls do nothing.</summary>
    void End(StreamEndReason reason);
}
