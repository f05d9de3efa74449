using System.Text.Json;
using System.Text.RegularExpressions;

namespace Tapedeck.Repository.Tests;

/// <summary>Keeps what CONTRIBUTING.md asks of every file.</summary>
public sealed partial class HabitTests
{
    [Fact]
    public void Nothing_reads_the_clock_or_blocks_a_thread_in_ways_that_tests_cannot_steer()
    {
        var found = Checkout.Sources("src").Concat(Checkout.Sources("plugins"))
            .SelectMany(f => Banned().Matches(WithoutComments(Checkout.Read(f))).Select(m => $"{f}: {m.Value}"));
        found.ShouldBeEmpty();
    }

    [Fact]
    public void Only_commands_and_the_log_write_to_the_console() =>
        Checkout.Sources("src").Concat(Checkout.Sources("plugins"))
            .Where(f => !f.StartsWith("src/Host/Commands/", StringComparison.Ordinal) && ConsoleUse().IsMatch(WithoutComments(Checkout.Read(f))))
            .ShouldBeEmpty();

    [Fact]
    public void The_hosts_thread_pool_does_not_spin()
    {
        var file = Directory.EnumerateFiles(Path.Combine(Checkout.Root, "artifacts", "bin", "Host"), "tapedeck.runtimeconfig.json", SearchOption.AllDirectories).ShouldNotBeEmptyAndFirst();
        using var json = JsonDocument.Parse(File.ReadAllText(file));
        json.RootElement.GetProperty("runtimeOptions").GetProperty("configProperties")
            .GetProperty("System.Threading.ThreadPool.UnfairSemaphoreSpinLimit").GetInt32().ShouldBe(0);
    }

    [Theory]
    [InlineData("var t = DateTime.UtcNow;", true)]
    [InlineData("task.Wait();", true)]
    [InlineData("Thread.Sleep(1)", true)]
    [InlineData("// DateTime.UtcNow", false)]
    [InlineData("await task.WaitAsync(t);", false)]
    public void The_rule_tells_right_from_wrong(string code, bool isBanned) => Banned().IsMatch(WithoutComments(code)).ShouldBe(isBanned);

    private static string WithoutComments(string code) => Comment().Replace(code, "");

    [GeneratedRegex(@"\bDateTime(Offset)?\.(Utc)?Now\b|\bThread\.Sleep\(|\.Wait\(\)|\bEnvironment\.TickCount|\bStopwatch\.|\.GetAwaiter\(\)\.GetResult\(\)")]
    private static partial Regex Banned();

    [GeneratedRegex(@"\bConsole\.(Out|Error|Write|Read|In)\b")]
    private static partial Regex ConsoleUse();

    [GeneratedRegex(@"//[^\n]*")]
    private static partial Regex Comment();
}

internal static class SequenceAssertions
{
    public static T ShouldNotBeEmptyAndFirst<T>(this IEnumerable<T> items)
    {
        var list = items.ToList();
        list.ShouldNotBeEmpty();
        return list[0];
    }
}
