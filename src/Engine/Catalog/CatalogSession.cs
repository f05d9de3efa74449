using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Tapedeck.Engine.Catalog;

/// <summary>A connection with the settings of the catalog, and its prepared statements. Used by one thread at a time.</summary>
internal sealed class CatalogSession : IDisposable
{
    private readonly Dictionary<string, SqliteCommand> _prepared = new(StringComparer.Ordinal);
    private bool? _synced;

    private CatalogSession(SqliteConnection connection) => Connection = connection;

    public SqliteConnection Connection { get; }

    /// <summary>Opens for writing; the file and its schema are made when they are missing.</summary>
    public static CatalogSession OpenWriter(string path, CatalogSettings settings, TimeProvider time)
    {
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder)
            Directory.CreateDirectory(folder);
        var session = Open(path, SqliteOpenMode.ReadWriteCreate, settings);
        try
        {
            // Only this connection writes and checkpoints: two that did so at once could, before SQLite 3.51.3, damage the file.
            session.Execute("PRAGMA journal_mode = WAL");
            session.Execute("PRAGMA synchronous = FULL");
            session.Execute("PRAGMA foreign_keys = ON");
            session.Execute("PRAGMA journal_size_limit = 67108864");
            CatalogSchema.Apply(session.Connection, time);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Opens for queries only.</summary>
    public static CatalogSession OpenReader(string path, CatalogSettings settings)
    {
        var session = Open(path, SqliteOpenMode.ReadWrite, settings); // a read-only handle could not make the WAL's shared memory
        try
        {
            session.Execute("PRAGMA query_only = ON");
            session.Execute("PRAGMA wal_autocheckpoint = 0");
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Runs a statement; it stays prepared. The same text always comes with the same parameters in the same order.</summary>
    /// <returns>Rows changed.</returns>
    public int Execute(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters) => Prepare(sql, parameters).ExecuteNonQuery();

    /// <summary>The first column of the first row; null when there is none.</summary>
    public object? Scalar(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters) =>
        Prepare(sql, parameters).ExecuteScalar() is { } value and not DBNull ? value : null;

    /// <summary>The state of a row of a table; null when there is no such row.</summary>
    public CatalogState? StateOf(string sql, Guid id) =>
        Scalar(sql, ("@id", Blob(id))) is { } state ? (CatalogState)Convert.ToInt32(state, CultureInfo.InvariantCulture) : null;

    /// <summary>Whether transactions from now on are on the medium when they are committed. Outside a transaction only.</summary>
    public void SyncCommits(bool on)
    {
        if (_synced == on)
            return;
        Execute(on ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
        _synced = on;
    }

    public static void TryRollback(SqliteConnection connection)
    {
        try
        {
            using var command = connection.CreateCommand();
            command.CommandText = "ROLLBACK";
            command.ExecuteNonQuery();
        }
        catch (SqliteException)
        {
            // SQLite has rolled back by itself.
        }
    }

    public static byte[] Blob(Guid id) => id.ToByteArray(bigEndian: true);

    public void Dispose()
    {
        foreach (var command in _prepared.Values)
            command.Dispose();
        Connection.Dispose();
    }

    private static CatalogSession Open(string path, SqliteOpenMode mode, CatalogSettings settings)
    {
        _ = NativeSqlite.Version;
        // Pooling would keep the file open behind our back. The timeout of the package polls with sleeps: SQLite's own is used instead.
        var text = new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false, DefaultTimeout = 1 };
        var connection = new SqliteConnection(text.ToString());
        try
        {
            connection.Open();
            var session = new CatalogSession(connection);
            session.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA busy_timeout = {(int)settings.BusyTimeout.TotalMilliseconds}"));
            session.Execute("PRAGMA cache_size = -16384");
            session.Execute("PRAGMA temp_store = MEMORY"); // a sort must not need room on a full disk
            return session;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private SqliteCommand Prepare(string sql, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        if (!_prepared.TryGetValue(sql, out var command))
        {
            command = Connection.CreateCommand();
            command.CommandText = sql;
            foreach (var (name, _) in parameters)
                command.Parameters.Add(new SqliteParameter { ParameterName = name });
            _prepared.Add(sql, command);
        }

        for (var i = 0; i < parameters.Length; i++)
            command.Parameters[i].Value = parameters[i].Value ?? DBNull.Value;
        return command;
    }
}
