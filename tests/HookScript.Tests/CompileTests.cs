using Microsoft.Extensions.Logging;
using Tapedeck.HookScript.Tests.Kit;
using Tapedeck.Steps;

namespace Tapedeck.HookScript.Tests;

/// <summary>What compiles, what not, and how that is said.</summary>
public sealed class CompileTests(SharedSetup setup) : IClassFixture<SharedSetup>
{
    [Fact]
    public async Task An_error_names_file_line_and_column()
    {
        var result = await setup.RunAsync("wrong.csx", "var a = 1;\nint b = \"two\";");
        result.Outcome.ShouldBe(StepOutcome.Retry);
        result.Detail.ShouldBe("wrong.csx: does not compile: wrong.csx(2,9): CS0029: Cannot implicitly convert type 'string' to 'int'");
        setup.Log.At(LogLevel.Error).ShouldContain(
            "wrong.csx does not compile; its steps wait until it is mended: wrong.csx(2,9): CS0029: Cannot implicitly convert type 'string' to 'int'");
    }

    [Fact]
    public async Task A_call_that_is_not_awaited_is_an_error() =>
        (await setup.RunAsync("forgot.csx", "Recording.SetLabel(\"a\", \"b\");")).Detail.ShouldStartWith("forgot.csx: does not compile: forgot.csx(1,1): CS4014: Because this call is not awaited");

    [Fact]
    public async Task An_exception_names_file_line_and_column()
    {
        var result = await setup.RunAsync("throws.csx", "void Deep(int i)\n{\n    if (i == 0)\n        throw new IOException(\"no luck\");\n    Deep(i - 1);\n}\n\nawait Task.Yield();\nDeep(3);");
        result.ShouldBe(StepResult.Retry("throws.csx(4,9): IOException: no luck"));
    }

    [Fact]
    public async Task The_cause_of_an_exception_is_told() =>
        (await setup.RunAsync("cause.csx", "try { throw new IOException(\"inner\"); } catch (Exception e) { throw new InvalidOperationException(\"outer\", e); }"))
            .Detail.ShouldBe("cause.csx(1,63): InvalidOperationException: outer (IOException: inner)");

    [Fact]
    public async Task The_present_language_with_nullable_references_is_understood() =>
        (await setup.RunAsync("modern.csx", "record Point(int X, int Y);\nstring? none = null;\nPoint p = new(1, 2);\nint[] all = [p.X, .. new[] { p.Y }];\nreturn $\"{all is [1, _]} {none?.Length ?? -1} {field().Name}\";\n(string Name, int Age) field() => (\"n\", 1);"))
            .ShouldBe(StepResult.Done("True -1 n"));

    [Fact]
    public async Task Scripts_load_others_from_folders_below()
    {
        setup.Write("shared/names.csx", "#load \"more.csx\"\nstring Shout(string text) => text.ToUpperInvariant() + Mark;");
        setup.Write("shared/more.csx", "const string Mark = \"!\";");
        (await setup.RunAsync("loads.csx", "#load \"shared/names.csx\"\nreturn Shout(\"hi\");")).ShouldBe(StepResult.Done("HI!"));
    }

    [Fact]
    public async Task An_error_in_a_loaded_script_names_that()
    {
        setup.Write("shared/bad.csx", "\nint x = \"\";");
        (await setup.RunAsync("loadsbad.csx", "#load \"shared/bad.csx\"")).Detail.ShouldBe("loadsbad.csx: does not compile: shared/bad.csx(2,9): CS0029: Cannot implicitly convert type 'string' to 'int'");
    }

    [Theory]
    [InlineData("#load \"../secret.csx\"")]
    [InlineData("#load \"link.csx\"")]
    [InlineData("#r \"../secret.csx\"")]
    public async Task Nothing_is_loaded_from_elsewhere(string line)
    {
        var secret = setup.Write("../secret.csx", "var secret = 1;");
        var link = Path.Combine(setup.Scripts, "link.csx");
        if (!File.Exists(link))
            File.CreateSymbolicLink(link, secret);
        var result = await setup.RunAsync("outside.csx", line);
        result.Outcome.ShouldBe(StepOutcome.Retry);
        result.Detail.ShouldStartWith("outside.csx: does not compile: outside.csx(1,");
        result.Detail.ShouldEndWith($"it lies outside of {setup.Scripts} and {setup.Application}/lib; put it there");
    }

    [Fact]
    public async Task A_missing_file_is_named_with_the_places_that_were_looked_at() =>
        (await setup.RunAsync("missing.csx", "#load \"nowhere.csx\"")).Detail.ShouldEndWith($"it is neither beside the script nor in {setup.Scripts} or {setup.Application}/lib");

    [Fact]
    public async Task Packages_are_not_fetched() =>
        (await setup.RunAsync("nuget.csx", "#r \"nuget: Newtonsoft.Json, 13.0.3\"")).Detail.ShouldEndWith($"packages are not fetched: put the DLL and what it needs into {setup.Application}/lib");

    [Fact]
    public async Task Libraries_are_found_with_what_they_need()
    {
        foreach (var name in new[] { "Shouldly.dll", "DiffEngine.dll", "EmptyFiles.dll" })
            File.Copy(Path.Combine(AppContext.BaseDirectory, name), setup.Write($"../lib/{name}", ""), overwrite: true);
        (await setup.RunAsync("library.csx", "#r \"Shouldly.dll\"\n#r \"System.Xml\"\nusing Shouldly;\ntry { 1.ShouldBe(2); return 0; } catch (ShouldAssertException) { return typeof(ShouldAssertException).Assembly.GetName().Name; }"))
            .ShouldBe(StepResult.Done("Shouldly"));
    }

    [Fact]
    public async Task A_missing_file_that_comes_is_found()
    {
        (await setup.RunAsync("late.csx", "#load \"comes.csx\"\nreturn Late;")).Outcome.ShouldBe(StepOutcome.Retry);
        setup.Write("comes.csx", "var Late = \"here\";");
        (await setup.RunAsync(setup.Step("late.csx"))).ShouldBe(StepResult.Done("here"));
    }
}
