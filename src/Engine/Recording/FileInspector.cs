using Tapedeck.Containers.Repair;

namespace Tapedeck.Engine.Recording;

/// <summary>
/// Reads closed files as a player would before anybody hears of them, and mends what is not as it should be. One file at a time in the whole
/// process: this is work for spare moments.
/// </summary>
public sealed class FileInspector : IDisposable
{
    private readonly SemaphoreSlim _one = new(1);

    /// <summary>What is wrong with a file; empty when nothing is.</summary>
    /// <param name="path">Absolute path.</param>
    /// <param name="startsWithKeyFrame">Whether its first picture must be a key frame.</param>
    /// <param name="isFinished">Whether it must have its complete index.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="reached">Is told how far the file was read, in bytes.</param>
    public Task<IReadOnlyList<string>> CheckAsync(
        string path, bool startsWithKeyFrame, bool isFinished, CancellationToken cancellationToken, Action<long>? reached = null) =>
        CheckAsync(() => path, startsWithKeyFrame, isFinished, cancellationToken, reached);

    /// <summary>The same for a file that may be renamed meanwhile: its path is asked for when it is opened.</summary>
    public Task<IReadOnlyList<string>> CheckAsync(
        Func<string> path, bool startsWithKeyFrame, bool isFinished, CancellationToken cancellationToken, Action<long>? reached = null) => RunAsync<IReadOnlyList<string>>(
        () =>
        {
            using var file = new WatchedStream(SystemDisk.OpenToRead(path()), cancellationToken, reached);
            var findings = ContainerCheck.Validate(file, new ContainerExpectations { StartsWithKeyFrame = startsWithKeyFrame, IsFinished = isFinished });
            return [.. findings.Where(f => f.Severity == FindingSeverity.Error).Select(f => f.Text)];
        },
        cancellationToken);

    /// <summary>Mends a file that nobody writes, in place. Null when nothing can be done; otherwise its size and duration.</summary>
    public Task<(long Bytes, TimeSpan Duration)?> MendAsync(string path, CancellationToken cancellationToken) => MendAsync(() => path, cancellationToken);

    /// <summary>The same for a file that may be renamed meanwhile.</summary>
    public Task<(long Bytes, TimeSpan Duration)?> MendAsync(Func<string> path, CancellationToken cancellationToken) => RunAsync<(long, TimeSpan)?>(
        () =>
        {
            using var handle = SystemDisk.Instance.Open(path());
            using var stream = new WatchedStream(handle.Read(), cancellationToken);
            using var plan = ContainerRepair.Analyse(stream, isOwn: true);
            if (plan.State == FileState.Unreadable)
                return null;
            if (plan.HasWork)
                Volume.CarryOut(handle, plan.Disk);
            return (handle.Length, plan.DurationAfter);
        },
        cancellationToken);

    /// <inheritdoc />
    public void Dispose() => _one.Dispose();

    private async Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(work, cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>A file that stops being read when somebody gives up.</summary>
    private sealed class WatchedStream(Stream inner, CancellationToken cancellationToken, Action<long>? reached = null) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => inner.Length;

        public override long Position { get => inner.Position; set => inner.Position = value; }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var count = inner.Read(buffer);
            reached?.Invoke(inner.Position);
            return count;
        }

        public override long Seek(long offset, SeekOrigin origin) => inner.Seek(offset, origin);

        public override void Flush() { }

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
