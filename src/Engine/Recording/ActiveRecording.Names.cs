namespace Tapedeck.Engine.Recording;

/// <summary>What the files of a recording are called, and how older ones make room.</summary>
internal sealed partial class ActiveRecording
{
    /// <summary>The first media is there: a name that tells codecs is known only now.</summary>
    private async Task SettleNameAsync()
    {
        if (!_target.Names.DependsOnTracks)
            return;
        var names = NamesNow();
        Volatile.Write(ref _target, await ClaimAsync(() => _target.Settle(names)));
    }

    private async Task<FileTarget> TakeNextTargetAsync()
    {
        var names = NamesNow();
        var next = await ClaimAsync(() => _target.ClaimNext(names));
        _target.Dispose();
        Volatile.Write(ref _target, next);
        return next;
    }

    /// <summary>
    /// An older file gets its other name, the catalog is told, then the first name is free. Killed between any two of these, the catalog knows the file
    /// by a name that leads to it. Asked again when the disk failed at one of them.
    /// </summary>
    private async Task MakeRoomAsync()
    {
        if (!_target.ReplacesOlder || await _volume.RunAsync(_target.NameOlder) is not { } older)
            return;
        await _environment.Journal.MoveFilesAsync(_target.Path, older);
        await _volume.RunAsync(() =>
        {
            _target.ReleaseName();
            return older;
        });
        LogRenamedOlder(_environment.Logger, Path, older);
    }

    /// <summary>Sets a label, here and in the catalog.</summary>
    public void SetLabel(string key, string? value)
    {
        _labels.Set(key, value);
        _ = _environment.Journal.SetLabelAsync(Id, key, value);
    }

    private FileNames NamesNow() => _target.Names.At(_environment.Time.GetUtcNow(), Stream.Tracks);
}
