using Microsoft.Win32.SafeHandles;
using Tapedeck.HookScript.Protocol;

namespace Tapedeck.Scripts;

/// <summary>The process that runs the scripts of one application instance, one at a time, as the host tells it over its standard streams.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        if (args is ["check", .. var folders])
            return ScriptCheck.Run(folders);
        if (args is not ["serve"])
            return ScriptCheck.Explain();

        using var channel = TakeStandardStreams();
        await new Session(channel).RunAsync();
        return 0;
    }

    /// <summary>The host's streams become ours alone; nothing that a script prints or starts can get into them.</summary>
    private static MessageStream TakeStandardStreams()
    {
        if (OperatingSystem.IsWindows())
            return new MessageStream(Console.OpenStandardInput(), Console.OpenStandardOutput());
        Libc.LeadGroup();
        var input = new FileStream(new SafeFileHandle(Libc.Duplicate(0), ownsHandle: true), FileAccess.Read, bufferSize: 0);
        var output = new FileStream(new SafeFileHandle(Libc.Duplicate(1), ownsHandle: true), FileAccess.Write, bufferSize: 0);
        Libc.RedirectStandardStreams();
        return new MessageStream(input, output);
    }
}
