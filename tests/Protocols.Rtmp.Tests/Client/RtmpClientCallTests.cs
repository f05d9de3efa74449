namespace Tapedeck.Protocols.Rtmp.Tests.Client;

/// <summary>Calls and their answers.</summary>
public sealed class RtmpClientCallTests : ClientTest
{
    [Fact]
    public async Task Calls_return_results_in_any_order()
    {
        await using var client = await ConnectAsync();
        var one = client.CallAsync("one", ["x", 1d]);
        var two = client.CallAsync("two");
        var first = await Server.NextCommandAsync("one");
        first.Command.Arguments.ShouldBe(["x", 1d]);
        var second = await Server.NextCommandAsync("two");
        await Server.ReplyAsync(second.Command.TransactionId, null, "second");
        await Server.ReplyAsync(first.Command.TransactionId, null, "first");
        (await two).ShouldBe(["second"]);
        (await one).ShouldBe(["first"]);
    }

    [Fact]
    public async Task A_failed_call_tells_why()
    {
        await using var client = await ConnectAsync();
        var call = client.CallAsync("foo");
        var (_, command) = await Server.NextCommandAsync("foo");
        await Server.ErrorAsync(command.TransactionId, "NetConnection.Call.Failed", "unknown");
        (await Should.ThrowAsync<RtmpCallException>(call)).Status.Code.ShouldBe("NetConnection.Call.Failed");
    }

    [Fact]
    public async Task An_answer_with_transaction_0_is_taken_for_the_oldest_call()
    {
        await using var client = await ConnectAsync();
        var call = client.CallAsync("foo");
        await Server.NextCommandAsync("foo");
        await Server.ReplyAsync(0, null, 5d);
        (await call).ShouldBe([5d]);
    }

    [Fact]
    public async Task A_call_without_an_answer_times_out()
    {
        var time = new ManualTime();
        var options = new RtmpClientOptions { TimeProvider = time };
        await using var client = await ConnectAsync(options);
        var timers = time.TimersMade;
        var call = client.CallAsync("foo");
        await time.MadeAsync(timers + 1);
        time.Advance(options.Timeout - TimeSpan.FromMilliseconds(1));
        call.IsCompleted.ShouldBeFalse();
        time.Advance(TimeSpan.FromMilliseconds(1));
        await Should.ThrowAsync<TimeoutException>(call);
        client.Completion.IsCompleted.ShouldBeFalse();
    }
}
