namespace Tapedeck.Engine.Recording;

/// <summary>How an older file of the name makes room. Each step may be done again when the disk failed in the middle of it.</summary>
internal sealed partial class FileTarget
{
    private string? _older; // what the older file is called besides its first name
    private bool _hasTwoNames;

    /// <summary>
    /// First step of making room: the older file gets a second name. Null when there is none, or when it cannot be renamed although its disk is well:
    /// then the new file takes the next free name. Called on the volume's thread.
    /// </summary>
    /// <exception cref="IOException">The disk fails.</exception>
    public string? NameOlder()
    {
        EnsureMounted();
        if (_older is not null)
            return _older;
        if (!ReplacesOlder || !_place.Disk.Exists(Path))
            return null;
        for (var number = _place.FirstFree(Names.Older, Names.OlderFrom); ; number++)
        {
            var older = Names.Older(number);
            if (_place.Disk.Exists(older) || !_place.Claims.TryTake(older))
                continue;
            try
            {
                _hasTwoNames = _place.Disk.LinkOrMove(Path, older);
                _place.Claims.Move(Path, older);
                return _older = older;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                _place.Claims.Release(older);
                if (_place.Disk.Exists(older))
                    continue; // somebody was faster
                Probe(); // fails when it is the disk
                return null;
            }
        }
    }

    /// <summary>
    /// Second step: its first name is free. Before it, the file has two names; whoever looks finds it by either. Where another program has put a file
    /// of its own there meanwhile, that stays, and the new file takes the next free name.
    /// </summary>
    /// <exception cref="IOException">The disk fails.</exception>
    public void ReleaseName()
    {
        EnsureMounted();
        if (_hasTwoNames)
            _place.Disk.RemoveName(Path, _older!);
        _hasTwoNames = false;
        ForgetOlder();
    }

    private void ForgetOlder()
    {
        if (_older is not null)
            _place.Claims.Release(_older);
        _older = null;
    }
}
