using Tapedeck.Engine.Catalog;
using static Tapedeck.Engine.Catalog.CatalogState;

namespace Tapedeck.Engine.Tests.Catalog;

public sealed class CatalogStateTests
{
    private static readonly Dictionary<CatalogState, CatalogState[]> Expected = new()
    {
        [Requested] = [Waiting, Writing, Done, Failed],
        [Waiting] = [Writing, Closing, Recovered, Done, Failed],
        [Writing] = [Waiting, Closing, Recovered, Failed],
        [Closing] = [Closed, Recovered, Failed],
        [Recovered] = [Closed, Quarantined, Failed],
        [Closed] = [Validated, Quarantined, Failed],
        [Quarantined] = [Closed, Failed, Garbage],
        [Validated] = [Announced, Quarantined, Failed],
        [Announced] = [Done, Quarantined, Garbage],
        [Done] = [Quarantined, Garbage],
        [Failed] = [Recovered, Garbage],
        [Garbage] = [Removed],
        [Removed] = [],
    };

    public static TheoryData<CatalogState, CatalogState> Pairs
    {
        get
        {
            var pairs = new TheoryData<CatalogState, CatalogState>();
            foreach (var from in Enum.GetValues<CatalogState>())
            {
                foreach (var to in Enum.GetValues<CatalogState>())
                    pairs.Add(from, to);
            }

            return pairs;
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Each_pair_is_allowed_or_not(CatalogState from, CatalogState to) =>
        CatalogStates.Allows(from, to).ShouldBe(from == to || Expected[from].Contains(to));

    [Fact]
    public void Numbers_are_stored_and_stay() =>
        Enum.GetValues<CatalogState>().Select(s => $"{(int)s} {s}").ShouldBe(
            ["0 Requested", "1 Waiting", "2 Writing", "3 Closing", "4 Recovered", "5 Closed", "6 Quarantined", "7 Validated", "8 Announced", "9 Done", "10 Failed", "11 Garbage", "12 Removed"]);

    [Fact]
    public void Every_state_leads_to_an_end()
    {
        foreach (var state in Enum.GetValues<CatalogState>())
        {
            var reached = new HashSet<CatalogState> { state };
            while (reached.SelectMany(CatalogStates.Following).ToArray() is var next && next.Any(reached.Add))
            {
            }

            reached.ShouldContain(Removed);
        }
    }

    [Fact]
    public async Task The_catalog_enforces_the_table_for_every_pair()
    {
        using var bench = new CatalogBench();
        await using var catalog = await bench.OpenAsync();
        foreach (var from in Enum.GetValues<CatalogState>())
        {
            foreach (var to in Enum.GetValues<CatalogState>())
            {
                var recording = bench.Recording();
                await catalog.CreateRecordingAsync(recording);
                foreach (var step in PathTo(from))
                    (await catalog.MoveRecordingAsync(recording.Id, step)).ShouldBe(CatalogOutcome.Durable);
                var move = catalog.MoveRecordingAsync(recording.Id, to);
                if (from == to || Expected[from].Contains(to))
                    (await move).ShouldBe(CatalogOutcome.Durable);
                else
                    (await move.ShouldThrowAsync<CatalogException>()).Error.ShouldBe(CatalogError.IllegalTransition);
                (await catalog.RecordingAsync(recording.Id))!.State.ShouldBe(move.IsFaulted ? from : to);
            }
        }
    }

    private static CatalogState[] PathTo(CatalogState state)
    {
        var paths = new Queue<CatalogState[]>([[Requested]]);
        while (paths.TryDequeue(out var path))
        {
            if (path[^1] == state)
                return path[1..];
            foreach (var next in Expected[path[^1]].Except(path))
                paths.Enqueue([.. path, next]);
        }

        throw new InvalidOperationException();
    }
}
