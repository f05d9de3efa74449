namespace Tapedeck.Plugins;

/// <summary>Something that listens: a protocol or a front door. Built from its options, the applications and a logger; run by the host.</summary>
public interface IServer : IAsyncDisposable
{
    /// <summary>Short name, such as <c>rtmp</c>.</summary>
    string Name { get; }

    /// <summary>Where it listens, for people, such as <c>rtmp://0.0.0.0:1935</c>; known after <see cref="StartAsync"/>.</summary>
    IReadOnlyList<string> Addresses { get; }

    /// <summary>Starts listening; returns when connections are accepted.</summary>
    /// <exception cref="ServerStartException">It cannot listen; the message names the address and the remedy.</exception>
    ValueTask StartAsync(CancellationToken cancellationToken);

    /// <summary>Accepts no more, ends its streams with <see cref="Streams.StreamEndReason.Shutdown"/> and closes its connections.</summary>
    ValueTask StopAsync(CancellationToken cancellationToken);
}

/// <summary>A server cannot start.</summary>
public sealed class ServerStartException(string message, Exception? innerException = null) : Exception(message, innerException);
