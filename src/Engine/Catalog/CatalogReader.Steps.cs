namespace Tapedeck.Engine.Catalog;

internal sealed partial class CatalogReader
{
    /// <summary>Leaps from lane to lane along the index, whatever number of steps each has.</summary>
    private const string Lanes =
        """
        WITH RECURSIVE lanes (number) AS (
            SELECT (SELECT number FROM steps WHERE state = 1 ORDER BY application, instance, kind LIMIT 1)
            UNION ALL
            SELECT (SELECT n.number FROM steps n WHERE n.state = 1 AND (n.application, n.instance, n.kind) > (s.application, s.instance, s.kind) ORDER BY n.application, n.instance, n.kind LIMIT 1)
            FROM lanes JOIN steps s ON s.number = lanes.number WHERE lanes.number IS NOT NULL
        )
        SELECT s.application AS Application, s.instance AS Instance, s.kind AS Kind FROM lanes JOIN steps s ON s.number = lanes.number
        WHERE NOT EXISTS (SELECT 1 FROM step_pauses p WHERE p.kind = s.kind AND p.application IN ('', s.application))
        """;

    public Task<IReadOnlyList<StepLane>> StepLanesAsync(CancellationToken cancellationToken) =>
        ListAsync<(string Application, string Instance, string Kind), StepLane>(Lanes, new { }, l => new StepLane(l.Application, l.Instance, l.Kind), cancellationToken);

    public Task<IReadOnlyList<StepRow>> DueStepsAsync(StepLane lane, long now, int limit, CancellationToken cancellationToken) =>
        ListAsync<StoredStep, StepRow>(
            $"""
            SELECT {StoredStep.Columns} FROM steps INDEXED BY steps_due
            WHERE state = 1 AND application = @Application AND instance = @Instance AND kind = @Kind AND due_ms <= @now ORDER BY priority DESC, due_ms, number LIMIT @limit
            """,
            new { lane.Application, lane.Instance, lane.Kind, now, limit },
            s => s.ToRow(),
            cancellationToken);

    public Task<IReadOnlyList<StepRow>> FindStepsAsync(StepQuery query, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Limit, 1);
        List<string> terms = [];
        if (query.Id is not null) terms.Add("id = @id");
        if (query.Recording is not null) terms.Add("recording = @recording");
        if (query.Application is not null) terms.Add("application = @Application");
        if (query.Stream is not null) terms.Add("stream = @Stream");
        if (query.Kind is not null) terms.Add("kind = @Kind");
        if (query.Argument is not null) terms.Add("argument = @Argument");
        if (query.State is not null) terms.Add("state = @state");
        if (query.From is not null) terms.Add("at_ms >= @from");
        if (query.To is not null) terms.Add("at_ms < @to");
        var where = terms.Count == 0 ? "" : "WHERE " + string.Join(" AND ", terms);
        return ListAsync<StoredStep, StepRow>(
            $"SELECT {StoredStep.Columns} FROM steps {where} ORDER BY number DESC LIMIT @Limit",
            new
            {
                id = query.Id is { } id ? CatalogSession.Blob(id) : null,
                recording = query.Recording is { } recording ? CatalogSession.Blob(recording) : null,
                query.Application,
                query.Stream,
                query.Kind,
                query.Argument,
                state = (int?)query.State,
                from = query.From?.ToUnixTimeMilliseconds(),
                to = query.To?.ToUnixTimeMilliseconds(),
                query.Limit,
            },
            s => s.ToRow(),
            cancellationToken);
    }

    public Task<IReadOnlyList<(string Kind, StepState State, long Count)>> CountStepsAsync(CancellationToken cancellationToken) =>
        ListAsync<(string Kind, long State, long Count), (string, StepState, long)>(
            "SELECT kind, state, count(*) FROM steps GROUP BY kind, state ORDER BY kind, state", new { }, r => (r.Kind, (StepState)r.State, r.Count), cancellationToken);

    public Task<IReadOnlyList<(string Kind, string Application)>> PausedStepsAsync(CancellationToken cancellationToken) =>
        ListAsync<(string Kind, string Application), (string, string)>("SELECT kind, application FROM step_pauses ORDER BY kind, application", new { }, r => r, cancellationToken);
}
