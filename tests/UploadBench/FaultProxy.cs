using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Tapedeck.UploadBench;

/// <summary>What the proxy does to a request.</summary>
internal enum Fault
{
    None,

    /// <summary>Takes it, answers 503 and keeps it to itself.</summary>
    Busy,

    /// <summary>Resets the connection at once.</summary>
    Reset,

    /// <summary>Sends half of the body on, then resets both sides.</summary>
    Half,

    /// <summary>Lets the store do it and resets instead of answering.</summary>
    LostReply,

    /// <summary>Neither reads on nor answers.</summary>
    Stall,

    /// <summary>Sends another byte than was given.</summary>
    Corrupt,

    /// <summary>Answers a success with an error in its body, as S3 may when it puts parts together.</summary>
    ErrorInBody,
}

/// <param name="Method">GET, PUT, …</param>
/// <param name="Target">Path and query.</param>
/// <param name="Fault">What was done to it.</param>
/// <param name="Head">All of its head.</param>
internal sealed record ProxiedRequest(string Method, string Target, Fault Fault, string Head)
{
    /// <summary>What the store answered; 0 when it did not.</summary>
    public int Status { get; set; }

    public bool IsPart => Method == "PUT" && Target.Contains("partNumber=", StringComparison.Ordinal);
}

/// <summary>Stands before a store, and harms requests as it is told. Each request has a connection of its own.</summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<ProxiedRequest> _requests = new();
    private readonly int _store;
    private readonly Task _accepting;

    public FaultProxy(int store)
    {
        _store = store;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Endpoint => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>Chooses the harm.</summary>
    public Func<ProxiedRequest, Fault> Plan { get; set; } = _ => Fault.None;

    /// <summary>Happens when the store has answered, before the client hears of it.</summary>
    public Action<ProxiedRequest>? Answered { get; set; }

    /// <summary>All requests so far, in the order in which they came.</summary>
    public IReadOnlyList<ProxiedRequest> Requests => [.. _requests];

    public void Forget() => _requests.Clear();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                serving.Add(ServeAsync(await _listener.AcceptSocketAsync(_stop.Token)));
                serving.RemoveAll(t => t.IsCompleted);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(Socket client)
    {
        await Task.Yield();
        using var store = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using (client)
        {
            try
            {
                await ServeAsync(client, store);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or IOException)
            {
                Reset(client);
            }
        }
    }

    private async Task ServeAsync(Socket client, Socket store)
    {
        var buffer = new byte[1 << 16];
        var (head, rest) = await ReadHeadAsync(client, buffer);
        if (head.Length == 0)
            return;
        var line = head.Split(' ', 3);
        var request = new ProxiedRequest(line[0], line[1], Fault.None, head);
        request = request with { Fault = Plan(request) };
        _requests.Enqueue(request);
        var length = Length(head);
        switch (request.Fault)
        {
            case Fault.Reset:
                Reset(client);
                return;
            case Fault.Stall:
                await Task.Delay(Timeout.Infinite, _stop.Token);
                return;
            case Fault.Busy or Fault.ErrorInBody:
                await TakeAsync(client, head, length - rest.Length, buffer);
                await AnswerAsync(client, request.Fault == Fault.Busy ? "503 Slow Down" : "200 OK", request.Fault == Fault.Busy ? "SlowDown" : "InternalError");
                return;
        }

        await store.ConnectAsync(IPAddress.Loopback, _store, _stop.Token);
        // After the first line, which nobody signs; so the store closes after its answer.
        var first = head.IndexOf("\r\n", StringComparison.Ordinal) + 2;
        await SendAsync(store, Encoding.Latin1.GetBytes(head[..first] + "Connection: close\r\n" + WithoutConnection(head[first..])));
        var answer = RelayAnswerAsync(store, client, request);
        var goes = request.Fault == Fault.Half ? length / 2 : length;
        rest.CopyTo(buffer.AsMemory());
        for (long sent = 0, count = rest.Length; sent < goes; sent += count, count = 0)
        {
            if (count == 0 && (count = await client.ReceiveAsync(buffer, _stop.Token)) == 0)
                return;
            if (request.Fault == Fault.Corrupt && sent == 0)
                buffer[0] ^= 1;
            await SendAsync(store, buffer.AsMemory(0, (int)Math.Min(count, goes - sent)));
        }

        if (request.Fault == Fault.Half)
        {
            Reset(store);
            Reset(client);
            return;
        }

        await answer;
        if (request.Fault == Fault.LostReply)
            Reset(client);
    }

    private async Task RelayAnswerAsync(Socket store, Socket client, ProxiedRequest request)
    {
        var buffer = new byte[1 << 16];
        try
        {
            while (await store.ReceiveAsync(buffer, _stop.Token) is var count and > 0)
            {
                var text = Encoding.Latin1.GetString(buffer, 0, Math.Min(count, 16));
                if (text.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) && int.Parse(text.AsSpan(9, 3), CultureInfo.InvariantCulture) is var status and >= 200)
                {
                    request.Status = status;
                    Answered?.Invoke(request);
                }

                if (request.Fault != Fault.LostReply || request.Status == 0)
                    await SendAsync(client, buffer.AsMemory(0, count));
            }

            if (request.Fault == Fault.None || request.Fault == Fault.Corrupt)
                client.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The other side went away; the request ends.
        }
    }

    private async Task<(string Head, byte[] Body)> ReadHeadAsync(Socket client, byte[] buffer)
    {
        var filled = 0;
        while (filled < buffer.Length)
        {
            var count = await client.ReceiveAsync(buffer.AsMemory(filled), _stop.Token);
            if (count == 0)
                return ("", []);
            filled += count;
            var end = buffer.AsSpan(0, filled).IndexOf("\r\n\r\n"u8);
            if (end >= 0)
                return (Encoding.Latin1.GetString(buffer, 0, end + 4), buffer[(end + 4)..filled]);
        }

        throw new IOException("The head of the request is too long.");
    }

    private async Task TakeAsync(Socket client, string head, long left, byte[] buffer)
    {
        if (left > 0 && head.Contains("100-continue", StringComparison.OrdinalIgnoreCase))
            await SendAsync(client, "HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray());
        while (left > 0 && await client.ReceiveAsync(buffer, _stop.Token) is var count and > 0)
            left -= count;
    }

    private async Task AnswerAsync(Socket client, string status, string code)
    {
        var body = $"<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>Reduce your request rate.</Message></Error>";
        await SendAsync(client, Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Type: application/xml\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}"));
        client.Shutdown(SocketShutdown.Send);
    }

    private async Task SendAsync(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
            bytes = bytes[await socket.SendAsync(bytes, _stop.Token)..];
    }

    private static long Length(string head)
    {
        var at = head.IndexOf("\r\nContent-Length:", StringComparison.OrdinalIgnoreCase);
        return at < 0 ? 0 : long.Parse(head.AsSpan(at + 17, head.IndexOf("\r\n", at + 2, StringComparison.Ordinal) - at - 17), CultureInfo.InvariantCulture);
    }

    private static string WithoutConnection(string head) =>
        string.Concat(head.Split("\r\n").Where(l => !l.StartsWith("Connection:", StringComparison.OrdinalIgnoreCase)).Select((l, i) => i == 0 ? l : "\r\n" + l));

    private static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(true, 0);
            socket.Close();
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Gone already.
        }
    }
}
