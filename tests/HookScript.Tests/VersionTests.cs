using Microsoft.Extensions.Logging;
using Tapedeck.HookScript.Tests.Kit;
using Tapedeck.Steps;

namespace Tapedeck.HookScript.Tests;

/// <summary>Scripts that change while the host runs.</summary>
public sealed class VersionTests(SharedSetup setup) : IClassFixture<SharedSetup>
{
    [Fact]
    public async Task A_change_counts_from_the_next_run_on()
    {
        (await setup.RunAsync("change.csx", "return 1;")).Detail.ShouldBe("1");
        // The same length within the same tick of the clock.
        (await setup.RunAsync("change.csx", "return 2;")).Detail.ShouldBe("2");
        setup.Log.At(LogLevel.Information).ShouldContain("change.csx: the new version is used from now on");
    }

    [Fact]
    public async Task A_change_of_what_is_loaded_counts_too()
    {
        setup.Write("part.csx", "var part = 1;");
        (await setup.RunAsync("whole.csx", "#load \"part.csx\"\nreturn part;")).Detail.ShouldBe("1");
        setup.Write("part.csx", "var part = 2;");
        (await setup.RunAsync(setup.Step("whole.csx"))).Detail.ShouldBe("2");
    }

    [Fact]
    public async Task What_did_not_change_is_not_compiled_again()
    {
        setup.Write("same.csx", "return typeof(Marker).Module.ModuleVersionId;\nclass Marker { }");
        var first = (await setup.RunAsync(setup.Step("same.csx"))).Detail;
        (await setup.RunAsync(setup.Step("same.csx"))).Detail.ShouldBe(first);
    }

    [Fact]
    public async Task An_edit_that_does_not_compile_leaves_the_last_good_version()
    {
        (await setup.RunAsync("edit.csx", "return \"good\";")).Detail.ShouldBe("good");
        (await setup.RunAsync("edit.csx", "return good;")).ShouldBe(StepResult.Done("good"));
        (await setup.RunAsync(setup.Step("edit.csx"))).ShouldBe(StepResult.Done("good"));
        setup.Log.At(LogLevel.Error).Count(l => l.StartsWith("edit.csx does not compile; the last good version goes on: edit.csx(1,8): CS0103", StringComparison.Ordinal)).ShouldBe(1);
        (await setup.RunAsync("edit.csx", "return bad;")).ShouldBe(StepResult.Done("good"));
        setup.Log.At(LogLevel.Error).Count(l => l.StartsWith("edit.csx does not compile", StringComparison.Ordinal)).ShouldBe(2);
        (await setup.RunAsync("edit.csx", "return \"mended\";")).ShouldBe(StepResult.Done("mended"));
    }

    [Fact]
    public async Task The_last_good_version_outlives_its_worker()
    {
        (await setup.RunAsync("outlive.csx", "return \"good\";")).Detail.ShouldBe("good");
        await setup.RunAsync("end.csx", "Environment.Exit(0);");
        (await setup.RunAsync("outlive.csx", "return good;")).ShouldBe(StepResult.Done("good"));
    }

    [Fact]
    public async Task A_version_whose_library_changed_is_compiled_again()
    {
        var library = setup.Write("../lib/Shouldly.dll", "");
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Shouldly.dll"), library, overwrite: true);
        (await setup.RunAsync("lib.csx", "#r \"Shouldly.dll\"\nreturn typeof(Shouldly.Should).Name;")).Detail.ShouldBe("Should");
        await using (var file = new FileStream(library, FileMode.Append))
            file.WriteByte(0);
        (await setup.RunAsync(setup.Step("lib.csx"))).Detail.ShouldBe("Should");
        setup.Log.At(LogLevel.Information).ShouldContain("lib.csx: the new version is used from now on");
    }
}
