using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Tapedeck.S3Upload;

/// <summary>The file that is uploaded, opened once.</summary>
internal sealed class LocalFile : IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly string _path;

    private LocalFile(string path, SafeFileHandle handle)
    {
        (_path, _handle) = (path, handle);
        Length = RandomAccess.GetLength(handle);
        Modified = File.GetLastWriteTimeUtc(handle).Ticks;
    }

    /// <summary>Bytes.</summary>
    public long Length { get; }

    /// <summary>Last change, in ticks (UTC).</summary>
    public long Modified { get; }

    /// <exception cref="UploadFailedException">It is gone for good, or no ordinary file.</exception>
    /// <exception cref="UploadException">It cannot be opened now.</exception>
    public static LocalFile Open(string path)
    {
        try
        {
            if (new FileInfo(path) is { LinkTarget: not null })
                throw new UploadFailedException($"{path} is a link; only files that lie where the recorder wrote them are uploaded");
            return new(path, File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous | FileOptions.SequentialScan));
        }
        catch (FileNotFoundException)
        {
            // Without its folder it may be a disk that is away for a while.
            throw Directory.Exists(Path.GetDirectoryName(path))
                ? new UploadFailedException($"{path} was removed before it was uploaded; put it back and run this step again")
                : new UploadException($"{path} cannot be found, nor its folder; mount its disk");
        }
        catch (DirectoryNotFoundException)
        {
            throw new UploadException($"{path} cannot be found, nor its folder; mount its disk");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UploadException($"{path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Fills the buffer from <paramref name="offset"/> on.</summary>
    /// <exception cref="UploadException">The file is shorter, or cannot be read.</exception>
    public async ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (buffer.Length > 0)
        {
            int count;
            try
            {
                count = await RandomAccess.ReadAsync(_handle, buffer, offset, cancellationToken);
            }
            catch (IOException e)
            {
                throw new UploadException($"{_path} cannot be read at byte {offset}: {e.Message}", e);
            }

            if (count == 0)
                throw new UploadException($"{_path} became shorter while it was uploaded");
            buffer = buffer[count..];
            offset += count;
        }
    }

    /// <summary>SHA-256 of the whole.</summary>
    public async Task<byte[]> HashAsync(CancellationToken cancellationToken)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(1 << 18);
        try
        {
            for (long offset = 0; offset < Length;)
            {
                var piece = buffer.AsMemory(0, (int)Math.Min(1 << 18, Length - offset));
                await ReadAsync(offset, piece, cancellationToken);
                sha.AppendData(piece.Span);
                offset += piece.Length;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return sha.GetHashAndReset();
    }

    /// <exception cref="UploadException">It is no longer what was hashed.</exception>
    public void MustBeUnchanged()
    {
        if (RandomAccess.GetLength(_handle) != Length || File.GetLastWriteTimeUtc(_handle).Ticks != Modified)
            throw new UploadException($"{_path} was changed while it was uploaded; it is sent anew");
    }

    public void Dispose() => _handle.Dispose();
}
