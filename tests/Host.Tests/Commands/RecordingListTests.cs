using Microsoft.Extensions.Logging.Abstractions;
using Tapedeck.Engine.Catalog;
using Tapedeck.Host.Commands;
using Tapedeck.Recordings;

namespace Tapedeck.Host.Tests.Commands;

public sealed class RecordingListTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    private readonly TempFolder _folder = new();
    private RecordingCatalog _catalog = null!;

    public async Task InitializeAsync()
    {
        _catalog = await RecordingCatalog.OpenAsync(Path.Combine(_folder.Path, "catalog.db"), new CatalogSettings(), TimeProvider.System, NullLogger.Instance);
        await AddAsync("live", "a", "cam", 0, CatalogState.Waiting, ("room", "3"));
        await AddAsync("live", "b", "cam", 1, CatalogState.Writing, ("room", "4"), ("kind", "lecture"));
        await AddAsync("other", "a", "door", 3, CatalogState.Failed);
        await _catalog.SaveRequestAsync(new RecordingRequest(Guid.NewGuid(), new StreamAddress("live", "a", "later"), "{}", true, Noon.AddHours(2)));
    }

    public async Task DisposeAsync()
    {
        await _catalog.DisposeAsync();
        _folder.Dispose();
    }

    public static TheoryData<CatalogQuery, string> Questions => new()
    {
        { new CatalogQuery(), "other/a/door live/a/later live/b/cam live/a/cam" },
        { new CatalogQuery { OldestFirst = true }, "live/a/cam live/b/cam live/a/later other/a/door" },
        { new CatalogQuery { Limit = 1 }, "other/a/door live/a/later live/b/cam live/a/cam" }, // page by page
        { new CatalogQuery { Application = "live" }, "live/a/later live/b/cam live/a/cam" },
        { new CatalogQuery { Application = "other" }, "other/a/door" },
        { new CatalogQuery { Instance = "a" }, "other/a/door live/a/later live/a/cam" },
        { new CatalogQuery { Instance = "b" }, "live/b/cam" },
        { new CatalogQuery { Stream = "cam" }, "live/b/cam live/a/cam" },
        { new CatalogQuery { Stream = "later" }, "live/a/later" },
        { new CatalogQuery { From = Noon.AddHours(2) }, "other/a/door live/a/later" },
        { new CatalogQuery { Until = Noon.AddHours(2) }, "live/b/cam live/a/cam" },
        { new CatalogQuery { State = CatalogState.Requested }, "live/a/later" },
        { new CatalogQuery { State = CatalogState.Waiting }, "live/a/cam" },
        { new CatalogQuery { State = CatalogState.Failed }, "other/a/door" },
        { new CatalogQuery { Label = new("room", "4") }, "live/b/cam" },
        { new CatalogQuery { Label = new("room", "5") }, "" },
    };

    [Theory]
    [MemberData(nameof(Questions))]
    public async Task What_is_asked_for_is_listed_in_order(CatalogQuery query, string expected) =>
        string.Join(' ', (await ListAsync(query)).Select(r => $"{r.Application}/{r.Instance}/{r.Stream}")).ShouldBe(expected);

    [Fact]
    public async Task It_tells_labels_files_errors_and_the_ledger()
    {
        var writing = (await ListAsync(new CatalogQuery { State = CatalogState.Writing }, withLedger: true)).ShouldHaveSingleItem();
        writing.ToText().ShouldBe(
            """
            2026-01-31 13:00:00Z  live/b/cam  writing  kind=lecture  room=4
                /rec/cam_1.mp4  writing, 0.000 s, 0 bytes
                Gap at 1.500 s (2026-01-31 13:00:00Z), 2.250 s: nothing came
            """);
        (await ListAsync(new CatalogQuery { State = CatalogState.Writing })).ShouldHaveSingleItem().Ledger.ShouldBeNull();
        (await ListAsync(new CatalogQuery { State = CatalogState.Failed })).ShouldHaveSingleItem().ToText().ShouldBe(
            """
            2026-01-31 15:00:00Z  other/a/door  failed (WriteFailed)
                the disk is full
            """);
        (await ListAsync(new CatalogQuery { State = CatalogState.Requested })).ShouldHaveSingleItem().ToText()
            .ShouldBe("2026-01-31 14:00:00Z  live/a/later  requested, each time it is there");
    }

    private async Task<List<ListedRecording>> ListAsync(CatalogQuery query, bool withLedger = false)
    {
        var listed = new List<ListedRecording>();
        await foreach (var recording in new RecordingList(_catalog, query, withLedger).ReadAsync(default))
            listed.Add(recording);
        return listed;
    }

    private async Task AddAsync(string application, string instance, string stream, int hour, CatalogState state, params (string Key, string Value)[] labels)
    {
        var at = Noon.AddHours(hour);
        var recording = new NewRecording(Guid.NewGuid(), new StreamAddress(application, instance, stream), "{}", at) { State = CatalogState.Waiting, Labels = labels.ToDictionary(l => l.Key, l => l.Value) };
        await _catalog.CreateRecordingAsync(recording);
        await _catalog.MoveRecordingAsync(recording.Id, state, state == CatalogState.Failed ? new RecordingEnding(RecordingEndReason.WriteFailed, "the disk is full") : null);
        if (state != CatalogState.Writing)
            return;
        await _catalog.OpenFileAsync(new NewFile(Guid.NewGuid(), recording.Id, 0, $"/rec/{stream}_{hour}.mp4", "mp4", at));
        await _catalog.AddLedgerAsync(new LedgerEntry(Guid.NewGuid(), recording.Id, LedgerCause.Gap, at) { MediaTime = TimeSpan.FromSeconds(1.5), Length = TimeSpan.FromSeconds(2.25), Detail = "nothing came" });
    }
}
