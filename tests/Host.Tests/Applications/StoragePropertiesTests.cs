using Tapedeck.Engine.Recording;
using Tapedeck.Host.Applications;
using Tapedeck.Host.Settings;
using Tapedeck.Host.Tests.Kit;

namespace Tapedeck.Host.Tests.Applications;

public sealed class StoragePropertiesTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly CollectedLog _log = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Without_properties_the_settings_say_and_nothing_is_removed()
    {
        var model = Load("x: y").Find("app").ShouldNotBeNull();
        model.StoragePolicy.ShouldBe(new StoragePolicy());
        model.Retention.ShouldBe(new RetentionPolicy());
        model.Retention.Removes.ShouldBeFalse();
    }

    [Fact]
    public void Each_property_is_read()
    {
        var model = Load("storageFreeSpace: 10GiB", "storageQuota: 1TiB", "storageMount: /mnt/rec/", "retentionAge: 30d", "retentionQuota: 900GiB", "retentionFreeSpace: 20GiB")
            .Find("app").ShouldNotBeNull(string.Join('\n', _log.Lines));
        model.StoragePolicy.ShouldBe(new StoragePolicy { FreeSpace = 10L << 30, Quota = 1L << 40, Mount = "/mnt/rec" });
        model.Retention.ShouldBe(new RetentionPolicy { Age = TimeSpan.FromDays(30), Quota = 900L << 30, FreeSpace = 20L << 30 });
    }

    [Theory]
    [InlineData("storageFreeSpace: 0")]
    [InlineData("storageMount: none")]
    [InlineData("storageMount: None")]
    public void What_turns_a_guard_off(string property)
    {
        var policy = Load(property).Find("app").ShouldNotBeNull().StoragePolicy;
        policy.ShouldBe(property.StartsWith("storageMount", StringComparison.Ordinal) ? new StoragePolicy { GuardsMount = false } : new StoragePolicy { FreeSpace = 0 });
    }

    [Theory]
    [InlineData("retentionAge")]
    [InlineData("retentionQuota")]
    [InlineData("retentionFreeSpace")]
    public void Any_of_them_makes_that_something_is_removed(string property) =>
        Load($"{property}: {(property == "retentionAge" ? "1d" : "1GiB")}").Find("app").ShouldNotBeNull().Retention.Removes.ShouldBeTrue();

    [Theory]
    [InlineData("storageQuota: 0", "more than nothing")]
    [InlineData("storageQuota: much", "'much'")]
    [InlineData("retentionAge: 0s", "more than nothing")]
    [InlineData("retentionQuota: 0", "more than nothing")]
    [InlineData("storageMount: mnt", "/mnt/recordings, or none")]
    public void What_cannot_be_used_is_named_with_its_place(string property, string expected)
    {
        var error = Load(property).FindRefused("app").ShouldNotBeNull().Errors.ShouldHaveSingleItem().ToString();
        error.ShouldContain(expected);
        error.ShouldContain("Application.yaml:3:");
        error.ShouldContain(property[..property.IndexOf(':', StringComparison.Ordinal)]);
    }

    private ApplicationCatalog Load(params string[] properties)
    {
        _folder.Write("applications/app/Application.yaml", "streamType: live-record\nproperties:\n" + string.Concat(properties.Select(p => $"  {p}\n")));
        return ApplicationCatalog.Load(Home.Locate(_folder.Path, _folder.Path, _folder["installation"]), _log);
    }
}
