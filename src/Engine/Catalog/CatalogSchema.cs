using System.Globalization;
using System.Reflection;
using Microsoft.Data.Sqlite;

namespace Tapedeck.Engine.Catalog;

/// <summary>
/// Brings a catalog file to the present schema. Each numbered SQL file is applied once, in order, in a transaction with the line that says
/// so: a crash in between leaves the version before it. SQL files that were released never change; a change is the next number.
/// </summary>
internal static class CatalogSchema
{
    private static readonly Assembly Home = typeof(CatalogSchema).Assembly;

    private static readonly string[] Scripts =
        [.. Home.GetManifestResourceNames().Where(n => n.EndsWith(".sql", StringComparison.Ordinal) && char.IsAsciiDigit(n[0])).Order(StringComparer.Ordinal)];

    /// <summary>The newest schema that this host knows.</summary>
    public static int Known => Scripts.Length;

    /// <summary>Applies what is missing, up to a version (tests make old files with it).</summary>
    /// <exception cref="CatalogException">The file is newer than this host.</exception>
    public static void Apply(SqliteConnection connection, TimeProvider time, int? upTo = null)
    {
        Execute(connection, "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_ms INTEGER NOT NULL)");
        var found = Version(connection);
        if (found > Known)
        {
            throw new CatalogException(
                CatalogError.NewerSchema,
                $"The catalog '{connection.DataSource}' has schema {found}; this version of Tapedeck knows schemas up to {Known}. Start the newer version, or restore the catalog from a copy made before the upgrade.");
        }

        for (var version = found + 1; version <= (upTo ?? Known); version++)
        {
            var name = Scripts[version - 1];
            if (!name.StartsWith(version.ToString("0000", CultureInfo.InvariantCulture), StringComparison.Ordinal))
                throw new InvalidOperationException($"Schema file {version} is called '{name}'.");
            Execute(connection, "BEGIN IMMEDIATE");
            try
            {
                // Another process may have been faster while this one waited for the lock.
                if (Version(connection) < version)
                {
                    Execute(connection, Read(name));
                    using var done = connection.CreateCommand();
                    done.CommandText = "INSERT INTO schema_version (version, name, applied_ms) VALUES (@version, @name, @now)";
                    done.Parameters.AddWithValue("@version", version);
                    done.Parameters.AddWithValue("@name", name);
                    done.Parameters.AddWithValue("@now", time.GetUtcNow().ToUnixTimeMilliseconds());
                    done.ExecuteNonQuery();
                }

                Execute(connection, "COMMIT");
            }
            catch
            {
                CatalogSession.TryRollback(connection);
                throw;
            }
        }
    }

    /// <summary>The schema that a file has; 0 when it is new.</summary>
    public static int Version(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT coalesce(max(version), 0) FROM schema_version";
        return Convert.ToInt32(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    private static string Read(string name)
    {
        using var reader = new StreamReader(Home.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
