using Tapedeck.Containers;
using Tapedeck.Engine.Recording;

namespace Tapedeck.Engine.Tests.Recording;

public sealed class VolumeTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Volume _volume = new("test", 4);
    private readonly DiskPlan _plan = new();

    public void Dispose()
    {
        _volume.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Operations_are_carried_out_in_order()
    {
        using var file = Open();
        _plan.Write(0).Add("hello world"u8.ToArray());
        _plan.Truncate(5);
        _plan.Write(5).Add("!"u8.ToArray());
        _plan.Sync();
        _plan.Write(0).Add("J"u8.ToArray());
        _plan.Write(6).Add("?"u8.ToArray());
        await _volume.ExecuteAsync(file, _plan, withSyncs: true);
        Content().ShouldBe("Jello!?");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nothing_is_skipped_with_the_syncs(bool withSyncs)
    {
        using var file = Open();
        _plan.Sync();
        _plan.Sync();
        _plan.Write(0).Add("a"u8.ToArray());
        _plan.Sync();
        _plan.Write(1).Add("b"u8.ToArray());
        _plan.Sync();
        await _volume.ExecuteAsync(file, _plan, withSyncs);
        Content().ShouldBe("ab");
    }

    [Fact]
    public async Task A_gather_write_puts_all_buffers_one_after_the_other()
    {
        using var file = Open();
        var write = _plan.Write(3);
        var expected = new List<byte> { 0, 0, 0 };
        for (var i = 0; i < 3000; i++) // more than one system call takes
        {
            var buffer = new byte[(i % 7) + 1];
            buffer.AsSpan().Fill((byte)i);
            write.Add(buffer);
            expected.AddRange(buffer);
        }

        await _volume.ExecuteAsync(file, _plan, withSyncs: false);
        (await _volume.RunAsync(() => ReadAll())).ShouldBe(expected);
    }

    [Fact]
    public async Task An_error_reaches_the_caller_and_stops_the_plan()
    {
        using var file = Open();
        using var readOnly = new SystemFile(File.OpenHandle(_folder["file"], FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        _plan.Write(0).Add("x"u8.ToArray());
        await Should.ThrowAsync<Exception>(() => _volume.ExecuteAsync(readOnly, _plan, withSyncs: true));
        Content().ShouldBe("");

        file.Dispose();
        await Should.ThrowAsync<ObjectDisposedException>(() => _volume.ExecuteAsync(file, _plan, withSyncs: true));
        using var again = SystemDisk.Instance.Open(_folder["file"]);
        await _volume.ExecuteAsync(again, _plan, withSyncs: true); // the volume goes on, and its room was given back
        Content().ShouldBe("x");
    }

    [Fact]
    public async Task Nothing_after_the_failed_operation_is_carried_out()
    {
        using var file = Open();
        _plan.Write(0).Add("good"u8.ToArray());
        _plan.Truncate(-1);
        _plan.Write(0).Add("evil"u8.ToArray());
        _plan.Sync();
        _plan.Write(0).Add("evil"u8.ToArray());
        await Should.ThrowAsync<Exception>(() => _volume.ExecuteAsync(file, _plan, withSyncs: true));
        Content().ShouldBe("good");
    }

    [Fact]
    public async Task Failures_do_not_use_up_the_room()
    {
        using var file = Open();
        _plan.Truncate(-1);
        for (var i = 0; i < 20; i++)
            await Should.ThrowAsync<Exception>(() => _volume.ExecuteAsync(file, _plan, withSyncs: true));
    }

    [Fact]
    public async Task Work_runs_one_after_the_other_on_a_thread_of_its_own()
    {
        var (running, most) = (0, 0);
        var threads = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => _volume.RunAsync(() =>
        {
            most = Math.Max(most, Interlocked.Increment(ref running));
            Thread.SpinWait(1000);
            Interlocked.Decrement(ref running);
            return (Environment.CurrentManagedThreadId, Thread.CurrentThread.IsThreadPoolThread);
        })));
        most.ShouldBe(1);
        threads.Distinct().ShouldHaveSingleItem().IsThreadPoolThread.ShouldBeFalse();
    }

    [Fact]
    public async Task Plans_beyond_the_queue_wait_and_are_carried_out()
    {
        using var gate = new ManualResetEventSlim();
        using var file = Open();
        var block = _volume.RunAsync(() => { gate.Wait(); return 0; });
        var plans = Enumerable.Range(0, 20).Select(i =>
        {
            var plan = new DiskPlan();
            plan.Write(i).Add(new[] { (byte)('a' + i) });
            return _volume.ExecuteAsync(file, plan, withSyncs: false);
        }).ToArray();
        plans.ShouldAllBe(p => !p.IsCompleted);
        gate.Set();
        await Task.WhenAll(plans);
        await block;
        Content().ShouldBe("abcdefghijklmnopqrst");
    }

    [Fact]
    public async Task A_plan_whose_syncs_are_passed_over_is_carried_out_in_one_go()
    {
        using var gate = new ManualResetEventSlim();
        using var file = Open();
        var block = _volume.RunAsync(() => { gate.Wait(); return 0; });
        _plan.Write(0).Add("a"u8.ToArray());
        _plan.Sync();
        _plan.Write(1).Add("b"u8.ToArray());
        var plan = _volume.ExecuteAsync(file, _plan, withSyncs: false);
        var next = _volume.RunAsync(ReadAll);
        gate.Set();
        (await next).ShouldBe("ab"u8.ToArray());
        await plan;
        await block;
    }

    [Fact]
    public async Task An_error_of_work_reaches_its_caller()
    {
        (await Should.ThrowAsync<IOException>(() => _volume.RunAsync<int>(() => throw new IOException("dead")))).Message.ShouldBe("dead");
        (await _volume.RunAsync(() => 7)).ShouldBe(7);
    }

    [Fact]
    public void Paths_of_one_mount_point_share_a_volume()
    {
        using var volumes = new VolumeSet(new RecordingSettings());
        volumes.For(_folder["a"]).ShouldBeSameAs(volumes.For(_folder["b/c"]));
    }

    private SystemFile Open() => new(File.OpenHandle(_folder["file"], FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite));

    private byte[] ReadAll()
    {
        using var stream = new FileStream(_folder["file"], FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    private string Content() => System.Text.Encoding.ASCII.GetString(ReadAll());
}
