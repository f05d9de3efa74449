using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Tapedeck.Containers.Mp4;

namespace Tapedeck.Containers.Tests.Mp4;

public sealed class LargeFileTests
{
    /// <summary>Beyond 4 GiB the mdat header needs 16 bytes and chunk offsets 8. The file is never held: payload is one buffer, many times.</summary>
    [Fact]
    public void Beyond_four_gibibytes()
    {
        var payload = new byte[32 << 20];
        new Random(1).NextBytes(payload.AsSpan(0, 4096));
        var frames = Shapes.VideoFrames(Shapes.H264, new Random(1), 0, 140);
        var file = new SparseFile();
        using var writer = new Mp4Writer();
        for (var i = 0; i < frames.Count; i++)
        {
            frames[i] = frames[i] with { Payload = payload.AsMemory(0, payload.Length - i) };
            writer.Add(frames[i]);
            if (i % 20 == 19)
                file.Apply(plan => writer.CutFragment(plan, []));
        }

        Mp4Reader.Open(file).Duration.TotalSeconds.ShouldBe(140 / 25.0, 0.001);
        DiskPlan? last = null;
        file.Apply(plan => writer.Finish(last = plan));
        var flip = last!.Operations[2].Buffers[0].Span;
        BinaryPrimitives.ReadUInt32BigEndian(flip).ShouldBe(1u);
        BinaryPrimitives.ReadInt64BigEndian(flip[8..]).ShouldBe(last.Operations[0].Offset + 8 - 36);
        var reader = Mp4Reader.Open(file);
        reader.IsFinished.ShouldBeTrue();
        for (var i = 0; i < frames.Count; i++)
        {
            reader.TryRead(out var frame).ShouldBeTrue();
            frame.Payload.Length.ShouldBe(frames[i].Payload.Length);
            frame.Payload.Span[..4096].SequenceEqual(payload.AsSpan(0, 4096)).ShouldBeTrue();
        }
    }

    /// <summary>A file as the list of the buffers that were written to it.</summary>
    private sealed class SparseFile : Stream
    {
        private readonly List<(long Offset, ReadOnlyMemory<byte> Bytes)> _written = [];

        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => _written.Max(part => part.Offset + part.Bytes.Length);

        public override long Position { get; set; }

        public void Apply(Action<DiskPlan> fill)
        {
            var plan = new DiskPlan();
            fill(plan);
            foreach (var operation in plan.Operations.Where(operation => operation.Kind == DiskOperationKind.Write))
            {
                var at = operation.Offset;
                foreach (var buffer in operation.Buffers)
                {
                    _written.Insert(0, (at, buffer));
                    at += buffer.Length;
                }
            }
        }

        /// <summary>The latest write wins, as far as it reaches and no later one begins.</summary>
        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> target)
        {
            var parts = CollectionsMarshal.AsSpan(_written);
            for (var i = 0; i < parts.Length; i++)
            {
                var (start, bytes) = parts[i];
                if (Position < start || Position >= start + bytes.Length)
                    continue;
                var end = Math.Min(start + bytes.Length, Position + target.Length);
                foreach (var (later, _) in parts[..i])
                {
                    if (later > Position)
                        end = Math.Min(end, later);
                }

                var length = (int)(end - Position);
                bytes.Span.Slice((int)(Position - start), length).CopyTo(target);
                Position += length;
                return length;
            }

            return 0;
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
