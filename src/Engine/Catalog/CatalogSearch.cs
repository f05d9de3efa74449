using System.Text;
using Dapper;

namespace Tapedeck.Engine.Catalog;

/// <summary>
/// Turns a query into SQL that walks one index in time order and stops after a page. The index is named in the SQL: the planner of SQLite
/// knows nothing of how the values are spread, and its guess could read a million rows.
/// </summary>
/// <remarks>
/// A state or label that few rows have leads (its rows are all looked at); otherwise the stream, then the application, then time leads, and
/// the rest is checked row by row. What stays slow: several filters of which each matches very many rows and which all together match few.
/// </remarks>
internal sealed class CatalogSearch
{
    /// <summary>A filter that matches at most so many rows leads the search.</summary>
    public const int Narrow = 2000;

    private readonly string _table;
    private readonly string _time;
    private readonly string _recording;

    private CatalogSearch(string table, string time, string recording)
    {
        _table = table;
        _time = time;
        _recording = recording;
    }

    public static CatalogSearch Recordings { get; } = new("recordings", "created_ms", "id");

    public static CatalogSearch Files { get; } = new("files", "started_ms", "recording");

    /// <summary>The search for a page, with one row more than asked for: it tells whether there is a next page.</summary>
    /// <param name="columns">What to select.</param>
    /// <param name="query">The filters.</param>
    /// <param name="count">Counts rows for one of the probes.</param>
    public (string Sql, DynamicParameters Parameters) Build(string columns, CatalogQuery query, Func<string, object, long> count)
    {
        var labelLeads = query.Label is { } label && count(LabelProbe, new { key = label.Key, value = label.Value }) <= Narrow;
        var stateLeads = !labelLeads && query.State is { } state && count(StateProbe, new { state = (int)state }) <= Narrow;
        return Build(columns, query, labelLeads, stateLeads);
    }

    internal string StateProbe => $"SELECT count(*) FROM (SELECT 1 FROM {_table} INDEXED BY {_table}_by_state WHERE state = @state LIMIT {Narrow + 1})";

    internal string LabelProbe => _table == "files"
        ? $"SELECT count(*) FROM (SELECT 1 FROM labels INDEXED BY labels_by_value CROSS JOIN files INDEXED BY files_by_recording ON files.recording = labels.recording WHERE key = @key AND value = @value LIMIT {Narrow + 1})"
        : $"SELECT count(*) FROM (SELECT 1 FROM labels INDEXED BY labels_by_value WHERE key = @key AND value = @value LIMIT {Narrow + 1})";

    /// <summary>The few rows with a label. CROSS JOIN keeps the order: left alone, the planner would begin with any index on an equal value.</summary>
    private string Labelled =>
        "(SELECT recording AS labelled FROM labels INDEXED BY labels_by_value WHERE key = @key AND value = @value) CROSS JOIN "
        + (_table == "files" ? "files INDEXED BY files_by_recording ON files.recording = labelled" : "recordings INDEXED BY sqlite_autoindex_recordings_1 ON recordings.id = labelled");

    internal (string Sql, DynamicParameters Parameters) Build(string columns, CatalogQuery query, bool labelLeads, bool stateLeads)
    {
        var parameters = new DynamicParameters();
        var sql = new StringBuilder("SELECT ").Append(columns).Append(" FROM ").Append(labelLeads ? Labelled : _table);
        if (!labelLeads)
            sql.Append(" INDEXED BY ").Append(_table).Append(Leader(query, stateLeads));
        sql.Append(" WHERE 1");

        void Where(string condition, string name, object? value)
        {
            if (value is null)
                return;
            sql.Append(" AND ").Append(condition);
            parameters.Add(name, value);
        }

        Where("application = @application", "application", query.Application);
        Where("instance = @instance", "instance", query.Instance);
        Where("stream = @stream", "stream", query.Stream);
        Where("state = @state", "state", query.State is { } state ? (int)state : null);
        Where($"{_time} >= @from", "from", Ms(query.From));
        Where($"{_time} < @until", "until", Ms(query.Until));
        if (query.Label is { } label)
        {
            if (!labelLeads)
                sql.Append($" AND EXISTS (SELECT 1 FROM labels WHERE recording = {_table}.{_recording} AND key = @key AND value = @value)");
            parameters.Add("key", label.Key);
            parameters.Add("value", label.Value);
        }

        if (query.After is { } after)
        {
            sql.Append(" AND (").Append(_time).Append(", number) ").Append(query.OldestFirst ? '>' : '<').Append(" (@ms, @number)");
            parameters.Add("ms", after.Milliseconds);
            parameters.Add("number", after.Number);
        }

        var order = query.OldestFirst ? "" : " DESC";
        sql.Append(" ORDER BY ").Append(_time).Append(order).Append(", number").Append(order).Append(" LIMIT @limit");
        parameters.Add("limit", query.Limit + 1);
        return (sql.ToString(), parameters);
    }

    private static string Leader(CatalogQuery query, bool stateLeads)
    {
        if (stateLeads)
            return "_by_state";
        if (query.Stream is not null)
            return query.Application is not null && query.Instance is not null ? "_by_stream" : "_by_stream_time";
        if (query.Application is not null)
            return "_by_application";
        return query.State is not null ? "_by_state" : "_by_time";
    }

    private static object? Ms(DateTimeOffset? time) => time?.ToUnixTimeMilliseconds();
}
