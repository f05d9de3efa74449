using Tapedeck.Host.Settings;

namespace Tapedeck.Host.Tests.Settings;

public sealed class HomeTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly string _installation;

    public HomeTests() => _installation = _folder.Make("installation");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_option_counts_and_is_relative_to_the_current_folder()
    {
        _folder.Make("a/b/applications");
        var home = Home.Locate("b/", _folder["a"], _installation);
        home.Root.ShouldBe(_folder["a/b"]);
        home.Applications.ShouldBe(_folder["a/b/applications"]);
        home.ConfFile.ShouldBe(_folder["a/b/conf/host.yaml"]);
        home.PluginFolders.ShouldBe([_folder["a/b/plugins"], _folder["installation/plugins"]]);
        (home.Content, home.Data, home.Logs).ShouldBe((_folder["a/b/content"], _folder["a/b/data"], _folder["a/b/logs"]));
        home.UsesInstalledApplications.ShouldBeFalse();
    }

    [Fact]
    public void The_current_folder_is_taken_when_it_holds_applications()
    {
        var current = _folder.Make("current");
        Home.Locate(null, current, _installation + "/").Root.ShouldBe(_installation);
        _folder.Make("current/applications");
        Home.Locate(null, current, _installation).Root.ShouldBe(current);
    }

    [Fact]
    public void A_home_without_applications_uses_the_installed_ones_and_says_so()
    {
        var home = Home.Locate(_folder.Make("empty"), _folder.Path, _installation);
        home.UsesInstalledApplications.ShouldBeTrue();
        home.Applications.ShouldBe(_folder["installation/applications"]);
        home.ApplicationsNotice.ShouldContain("the ones that came with the program");
        home.Content.ShouldBe(_folder["empty/content"]);
    }

    [Fact]
    public void The_installation_as_home_names_its_plugins_once() =>
        Home.Locate(null, _folder.Path, _installation).PluginFolders.ShouldHaveSingleItem();

    [Theory]
    [InlineData("nowhere")]
    [InlineData("")]
    public void A_home_that_does_not_exist_is_an_error(string option) =>
        Should.Throw<ConfigurationException>(() => Home.Locate(option, _folder.Path, _installation)).Message.ShouldStartWith("--home: the folder");
}
