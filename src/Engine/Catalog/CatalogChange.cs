using Microsoft.Data.Sqlite;

namespace Tapedeck.Engine.Catalog;

/// <summary>One change on its way to the medium. Applying it a second time changes nothing more: a commit that failed may have succeeded.</summary>
internal sealed class CatalogChange(string what, Action<CatalogSession> apply)
{
    private readonly TaskCompletionSource<CatalogOutcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>For the log: what, and which row.</summary>
    public string What { get; } = what;

    public Task<CatalogOutcome> Outcome => _outcome.Task;

    /// <summary>What is wrong with it; set while its batch is applied.</summary>
    public Exception? Fault { get; private set; }

    /// <summary>Applies it within a transaction. A fault of its own is kept; a fault of the file is thrown.</summary>
    public void Apply(CatalogSession session)
    {
        Fault = null;
        session.Execute("SAVEPOINT change");
        try
        {
            apply(session);
        }
        catch (Exception e) when (!IsOfTheFile(e))
        {
            session.Execute("ROLLBACK TO change");
            Fault = e is SqliteException sqlite
                ? new CatalogException(CatalogError.Conflict, $"The catalog refuses: {What}. {sqlite.Message}", sqlite)
                : e;
        }

        session.Execute("RELEASE change");
    }

    /// <summary>Tells the caller; the first telling counts.</summary>
    public void Tell(CatalogOutcome outcome) => _outcome.TrySetResult(outcome);

    /// <summary>Tells the caller what came of the committed batch.</summary>
    /// <returns>False when the caller had been told "unavailable" and so never learns of the fault.</returns>
    public bool TellCommitted()
    {
        if (Fault is null)
        {
            _outcome.TrySetResult(CatalogOutcome.Durable);
            return true;
        }

        if (!_outcome.TrySetException(Fault))
            return false;
        _ = _outcome.Task.Exception; // a caller that does not wait must not bring down the process
        return true;
    }

    /// <summary>Whether trying again later may help, because not the change but the file or its disk is at fault.</summary>
    public static bool IsOfTheFile(Exception e) => e switch
    {
        // error, constraint, too big, mismatch, misuse, range: another try ends the same way.
        SqliteException sqlite => sqlite.SqliteErrorCode is not (1 or 18 or 19 or 20 or 21 or 25),
        IOException or UnauthorizedAccessException => true,
        _ => false,
    };
}
