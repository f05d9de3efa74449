using Tapedeck.Ingest.Rtmp.Tests.Kit;

namespace Tapedeck.Ingest.Rtmp.Tests;

public sealed class CallQueueTests
{
    private readonly List<Exception> _failed = [];

    [Fact]
    public async Task Calls_are_carried_out_in_order_one_at_a_time()
    {
        var queue = new CallQueue(1000, _failed.Add);
        var done = new List<int>();
        var running = 0;
        for (var i = 0; i < 500; i++)
        {
            var number = i;
            queue.TryAdd(async () =>
            {
                Interlocked.Increment(ref running).ShouldBe(1);
                await Task.Yield();
                done.Add(number);
                Interlocked.Decrement(ref running);
            }).ShouldBeTrue();
        }

        queue.Close();
        await queue.Done.WaitAsync(TestServer.Patience);
        done.ShouldBe(Enumerable.Range(0, 500));
        _failed.ShouldBeEmpty();
    }

    [Fact]
    public async Task Only_so_many_wait()
    {
        var queue = new CallQueue(2, _failed.Add);
        var gate = new TaskCompletionSource();
        var started = new TaskCompletionSource();
        queue.TryAdd(async () =>
        {
            started.SetResult();
            await gate.Task;
        }).ShouldBeTrue();
        await started.Task.WaitAsync(TestServer.Patience);
        queue.TryAdd(() => Task.CompletedTask).ShouldBeTrue();
        queue.TryAdd(() => Task.CompletedTask).ShouldBeTrue();
        queue.TryAdd(() => Task.CompletedTask).ShouldBeFalse();
        gate.SetResult();
        var last = new TaskCompletionSource();
        await TestServer.WaitForAsync(() => queue.TryAdd(() =>
        {
            last.TrySetResult();
            return Task.CompletedTask;
        }));
        await last.Task.WaitAsync(TestServer.Patience);
        queue.Close();
        await queue.Done.WaitAsync(TestServer.Patience);
    }

    [Fact]
    public async Task A_call_that_throws_does_not_end_the_others()
    {
        var queue = new CallQueue(10, _failed.Add);
        var done = false;
        queue.TryAdd(() => throw new InvalidOperationException("one"));
        queue.TryAdd(async () =>
        {
            await Task.Yield();
            throw new InvalidOperationException("two");
        });
        queue.TryAdd(() =>
        {
            done = true;
            return Task.CompletedTask;
        });
        queue.Close();
        await queue.Done.WaitAsync(TestServer.Patience);
        done.ShouldBeTrue();
        _failed.Select(e => e.Message).ShouldBe(["one", "two"]);
    }

    [Fact]
    public async Task Nothing_is_taken_after_the_end()
    {
        var queue = new CallQueue(10, _failed.Add);
        queue.Close();
        await queue.Done;
        queue.TryAdd(() => Task.CompletedTask).ShouldBeTrue(); // nobody had ever called: it begins now
        queue.Close();
        await queue.Done.WaitAsync(TestServer.Patience);
        queue.TryAdd(() => Task.CompletedTask).ShouldBeFalse();
    }
}
