using Tapedeck.Connections;
using Tapedeck.Streams;

namespace Tapedeck.LiveStreamRecord;

/// <summary>Finds the stream a command is about among those that its sender publishes, and nowhere else.</summary>
internal static class PublishedStream
{
    /// <summary>The stream of this name; without a name the only one.</summary>
    /// <exception cref="CommandException">There is none, or not just one. Whether somebody else publishes the name is not told.</exception>
    public static ILiveStream Find(IClientConnection client, StreamReference? wanted)
    {
        var streams = client.PublishedStreams;
        string[] names = [.. streams.Select(stream => stream.Name)];
        if (wanted is not null)
        {
            return streams.FirstOrDefault(stream => stream.Name == wanted.Name)
                ?? throw new CommandException(StatusCode.NoAccess, $"This connection does not publish {Quote.One(wanted.Name)}. {May(names)}");
        }

        return streams.Count == 1
            ? streams[0]
            : throw new CommandException(StatusCode.Failed, names.Length == 0 ? "This connection publishes no stream now; publish first, then record." : $"Say which stream is meant. {May(names)}");
    }

    private static string May(string[] names) => names.Length == 0
        ? "It publishes no stream now; publish first, then record."
        : $"It may record what it publishes: {Quote.Several(names)}.";
}
