using System.Text.RegularExpressions;

namespace Tapedeck.Repository.Tests;

/// <summary>Keeps the arrows between projects that ARCHITECTURE.md draws.</summary>
public sealed partial class ArrowTests
{
    private const string Abstractions = "src/Abstractions/Abstractions.csproj";
    private const string Media = "src/Media/Media.csproj";
    private const string Containers = "src/Containers/Containers.csproj";
    private const string Engine = "src/Engine/Engine.csproj";

    [Fact]
    public void A_project_refers_only_to_what_the_architecture_lets_it()
    {
        var projects = Checkout.Projects("src").Concat(Checkout.Projects("plugins")).ToList();
        projects.Count.ShouldBeGreaterThan(6);
        var wrong = projects.SelectMany(p => p.Value.Where(r => !IsAllowed(p.Key, r)).Select(r => $"{p.Key} -> {r}"));
        wrong.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("src/Protocols/Rtmp/Protocols.Rtmp.csproj", Abstractions, false)]
    [InlineData(Containers, Engine, false)]
    [InlineData(Engine, Containers, true)]
    [InlineData("plugins/X/X.csproj", Media, false)]
    [InlineData("plugins/X/X.csproj", Abstractions, true)]
    [InlineData("src/Ingest/Rtmp/Ingest.Rtmp.csproj", Engine, false)]
    [InlineData("src/Ingest/Rtmp/Ingest.Rtmp.csproj", "src/Protocols/Rtsp/Protocols.Rtsp.csproj", false)]
    public void The_rule_tells_right_from_wrong(string from, string to, bool allowed) => IsAllowed(from, to).ShouldBe(allowed);

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = Checkout.Read("Host.sln").Replace('\\', '/');
        var all = new[] { "src", "plugins", "tests" }.SelectMany(f => Checkout.Projects(f).Keys)
            .Where(p => !IsTestInput(p));
        all.Where(p => !solution.Contains($"\"{p}\"", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Fact]
    public void Only_the_parts_list_names_an_ingest_protocol() =>
        Checkout.Sources("src/Host").Concat(Checkout.Sources("src/Engine"))
            .Where(f => f != "src/Host/Program.cs" && Checkout.Read(f).Contains("Tapedeck.Ingest", StringComparison.Ordinal))
            .ShouldBeEmpty();

    [Fact]
    public void No_front_door_is_named_in_src() =>
        Checkout.Sources("src").Where(f => FrontDoor().IsMatch(Checkout.Read(f))).ShouldBeEmpty();

    private static bool IsAllowed(string from, string to)
    {
        if (from.StartsWith("plugins/", StringComparison.Ordinal) || from == Media)
            return to == Abstractions;
        if (from == Abstractions || from.StartsWith("src/Protocols/", StringComparison.Ordinal))
            return false;
        if (from == Containers)
            return to is Abstractions or Media;
        if (from == Engine)
            return to is Abstractions or Media or Containers;
        if (from.StartsWith("src/Ingest/", StringComparison.Ordinal))
        {
            var protocol = from.Split('/')[2];
            return to is Abstractions or Media or Containers || to == $"src/Protocols/{protocol}/Protocols.{protocol}.csproj";
        }

        return from == "src/Host/Host.csproj" && to.StartsWith("src/", StringComparison.Ordinal);
    }

    /// <summary>Projects that tests build themselves, as other people's plugins.</summary>
    private static bool IsTestInput(string project) => project.Split('/').Length > 3 && project.StartsWith("tests/", StringComparison.Ordinal);

    [GeneratedRegex("LiveStreamRecord|AutoRecord|S3Upload|HookScript|nanoStream|Flashphoner|EvoStream|OpenVidu|live777", RegexOptions.IgnoreCase)]
    private static partial Regex FrontDoor();
}
