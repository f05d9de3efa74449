namespace Tapedeck.S3Upload;

/// <summary>Finds the name under which a file goes up, and keeps it for the step until it is disposed.</summary>
internal sealed class NameChoice : IDisposable
{
    private readonly string _identity;
    private readonly Guid _step;
    private readonly List<string> _taken = [];

    private NameChoice(string identity, Guid step) => (_identity, _step) = (identity, step);

    /// <summary>The name.</summary>
    public string Key { get; private set; } = "";

    /// <summary>The file is there already.</summary>
    public bool IsThere { get; private set; }

    /// <param name="job">The upload.</param>
    /// <param name="options">What to do with names that are taken.</param>
    /// <param name="identity">The place.</param>
    /// <param name="look">What is at a name.</param>
    public static async Task<NameChoice> MakeAsync(UploadJob job, S3UploadOptions options, string identity, Func<string, Task<Occupant>> look)
    {
        var choice = new NameChoice(identity, job.Step.Id);
        try
        {
            // The name of an attempt before, when it is still free or ours.
            if (job.Progress.Key is { } earlier && await choice.TryAsync(earlier, look, mayReplace: options.VersionFile == false))
                return choice;
            var wished = options is { VersionFile: true, StripRecorderVersioning: true } ? ObjectName.WithoutNumber(job.Key) : job.Key;
            if (options.VersionFile == false)
            {
                if (!await choice.TryAsync(wished, look, mayReplace: true))
                    throw new UploadWaitException($"{wished} is being uploaded by another step; this one comes after it", TimeSpan.FromSeconds(5));
                return choice;
            }

            // Numbers are given one after the other, so the free ones begin somewhere: leap until one is free, then halve.
            while (!await choice.TryAsync(wished, look, mayReplace: false))
            {
                int low = -1, high = 0;
                while (!await choice.IsFreeAsync(ObjectName.Numbered(wished, high), look))
                    (low, high) = (high, (high * 2) + 1);
                while (high - low > 1)
                {
                    var middle = low + ((high - low) / 2);
                    if (await choice.IsFreeAsync(ObjectName.Numbered(wished, middle), look))
                        high = middle;
                    else
                        low = middle;
                }

                if (await choice.TryAsync(ObjectName.Numbered(wished, high), look, mayReplace: false))
                    break;
            }

            return choice;
        }
        catch
        {
            choice.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var name in _taken)
            TakenNames.Release(name, _step);
        _taken.Clear();
    }

    private async Task<bool> IsFreeAsync(string key, Func<string, Task<Occupant>> look) =>
        !TakenNames.IsTaken(Global(key), _step) && await look(key) is not Occupant.Other;

    private async Task<bool> TryAsync(string key, Func<string, Task<Occupant>> look, bool mayReplace)
    {
        if (!TakenNames.TryTake(Global(key), _step))
            return false;
        _taken.Add(Global(key));
        var occupant = await look(key);
        if (occupant is Occupant.Other && !mayReplace)
        {
            TakenNames.Release(Global(key), _step);
            _taken.Remove(Global(key));
            return false;
        }

        (Key, IsThere) = (key, occupant is Occupant.Same);
        return true;
    }

    private string Global(string key) => _identity + "\n" + key;
}
