using System.Diagnostics;
using Tapedeck.HookScript.Tests.Kit;

namespace Tapedeck.HookScript.Tests;

/// <summary>What <c>tapedeck script check</c> starts.</summary>
public sealed class ScriptCheckTests : IAsyncDisposable
{
    private readonly Setup _setup = new();

    public ValueTask DisposeAsync() => _setup.DisposeAsync();

    [Fact]
    public async Task All_scripts_of_applications_are_compiled()
    {
        _setup.Write("good.csx", "#load \"parts/part.csx\"\nreturn Part;");
        _setup.Write("parts/part.csx", "var Part = 1;");
        (await CheckAsync()).ShouldBe((0, "1 scripts, 0 broken\n", ""));
        _setup.Write("bad.csx", "return\n  nothing;");
        (await CheckAsync()).ShouldBe((1, "2 scripts, 1 broken\n", $"{_setup.Scripts}/bad.csx(2,3): CS0103: The name 'nothing' does not exist in the current context\n"));
    }

    private async Task<(int Exit, string Output, string Error)> CheckAsync()
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(Setup.PluginFolder, "worker", "Tapedeck.ScriptWorker.dll"), "check", _setup.Application])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Setup.Patience);
        return (process.ExitCode, await output, await error);
    }
}
