using Tapedeck.Engine.Catalog;

namespace Tapedeck.Engine.Tests.Catalog;

public sealed class CatalogSchemaTests : IDisposable
{
    private readonly CatalogBench _bench = new();

    public static TheoryData<int> Versions => [.. Enumerable.Range(0, CatalogSchema.Known + 1)];

    public void Dispose() => _bench.Dispose();

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Each_old_schema_is_brought_up_with_its_rows(int version)
    {
        var recording = _bench.Recording();
        using (var old = OpenBare())
        {
            CatalogSchema.Apply(old.Connection, _bench.Time, upTo: version);
            CatalogSchema.Version(old.Connection).ShouldBe(version);
            if (version > 0)
                CatalogStatements.CreateRecording(old, recording);
        }

        await using var catalog = await _bench.OpenAsync();
        if (version > 0)
            (await catalog.RecordingAsync(recording.Id)).ShouldNotBeNull();
        (await catalog.RequestsAsync()).ShouldBeEmpty();
        using var present = OpenBare();
        CatalogSchema.Version(present.Connection).ShouldBe(CatalogSchema.Known);
        Convert.ToInt32(present.Scalar("SELECT count(*) FROM schema_version"), null).ShouldBe(CatalogSchema.Known);
    }

    [Fact]
    public async Task A_newer_schema_is_refused_and_left_alone()
    {
        await using (await _bench.OpenAsync())
        {
        }

        using (var future = OpenBare())
            future.Execute("INSERT INTO schema_version VALUES (999, '0999-future.sql', 0)");
        var refusal = await Should.ThrowAsync<CatalogException>(_bench.OpenAsync);
        refusal.Error.ShouldBe(CatalogError.NewerSchema);
        refusal.Message.ShouldContain("999");
        refusal.Message.ShouldContain($"up to {CatalogSchema.Known}");
    }

    [Fact]
    public void A_step_that_fails_leaves_the_version_before_it()
    {
        using var session = OpenBare();
        session.Execute("CREATE TABLE requests (id BLOB)"); // in the way of step 2
        Should.Throw<Microsoft.Data.Sqlite.SqliteException>(() => CatalogSchema.Apply(session.Connection, _bench.Time));
        CatalogSchema.Version(session.Connection).ShouldBe(1);
        session.Execute("DROP TABLE requests");
        CatalogSchema.Apply(session.Connection, _bench.Time);
        CatalogSchema.Version(session.Connection).ShouldBe(CatalogSchema.Known);
    }

    [Fact]
    public void It_is_written_ahead_and_synced()
    {
        using var session = CatalogSession.OpenWriter(_bench.Path, _bench.Settings, _bench.Time);
        session.Scalar("PRAGMA journal_mode").ShouldBe("wal");
        session.Scalar("PRAGMA synchronous").ShouldBe(2L);
        session.Scalar("PRAGMA foreign_keys").ShouldBe(1L);
        session.SyncCommits(false);
        session.Scalar("PRAGMA synchronous").ShouldBe(1L);
    }

    /// <summary>A connection without the schema.</summary>
    private CatalogSession OpenBare()
    {
        if (!File.Exists(_bench.Path))
            File.WriteAllBytes(_bench.Path, []);
        var session = CatalogSession.OpenReader(_bench.Path, _bench.Settings);
        session.Execute("PRAGMA query_only = OFF");
        return session;
    }
}
