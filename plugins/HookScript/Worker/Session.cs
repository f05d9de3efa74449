using System.Threading.Channels;
using Tapedeck.HookScript.Protocol;
using Tapedeck.Scripts.Compiling;

namespace Tapedeck.Scripts;

/// <summary>The conversation with the host: reads what it says, runs what it asks for, one after the other.</summary>
internal sealed class Session(MessageStream channel)
{
    private readonly Channel<Message> _work = Channel.CreateUnbounded<Message>(new UnboundedChannelOptions { SingleReader = true });
    private readonly ScriptVersions _versions = new();
    private volatile CancellationTokenSource _cancellation = new(); // of the run that was asked for last

    /// <summary>Until the host is gone; then this process is ended with all that it started.</summary>
    public async Task RunAsync()
    {
        var questions = new HostQuestions(channel);
        LineWriter.Install(channel);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => TellExit();
        AppDomain.CurrentDomain.UnhandledException += (_, e) => TellCrash(e.ExceptionObject);
        // A thread of its own: a script that fills the pool must not keep the host's word from us.
        new Thread(() => Listen(questions)) { IsBackground = true, Name = "host" }.Start();
        channel.Send(new ReadyMessage());
        await foreach (var message in _work.Reader.ReadAllAsync())
            await channel.SendAsync(await AnswerAsync(message, questions), CancellationToken.None);
    }

    private async Task<EndedMessage> AnswerAsync(Message message, HostQuestions questions)
    {
        if (message is PrepareMessage prepare)
            return Load(prepare.Script, prepare.LastGood) is { } problem ? problem : new EndedMessage(RunOutcome.Done, null);
        var run = (RunMessage)message;
        if (Load(run.Script, run.LastGood) is { } broken)
            return broken;
        return await ScriptRun.RunAsync(_versions.Current(run.Script), run, questions, _cancellation.Token);
    }

    /// <summary>Null when there is a version to run.</summary>
    private EndedMessage? Load(ScriptPlace script, ScriptImage? lastGood)
    {
        var result = _versions.Refresh(script, lastGood);
        if (result.Compiled is { } image)
            channel.Send(new CompiledMessage(image));
        if (result.Errors.Count == 0)
            return null;
        channel.Send(new BrokenMessage(result.Content, result.Errors, result.HasVersion));
        return result.HasVersion ? null : new EndedMessage(RunOutcome.Retry, "does not compile: " + string.Join("; ", result.Errors));
    }

    private void Listen(HostQuestions questions)
    {
        try
        {
            while (channel.Read() is { } message)
            {
                switch (message)
                {
                    case AnswerMessage answer:
                        questions.Answer(answer);
                        break;
                    case CancelMessage:
                        // What the script hangs on its token runs elsewhere than here.
                        _ = _cancellation.CancelAsync();
                        break;
                    default:
                        // Made here, in the order of what the host says: it may cancel while the script is being compiled.
                        _cancellation = new CancellationTokenSource();
                        _work.Writer.TryWrite(message);
                        break;
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The host is gone in the middle of a word.
        }

        Libc.KillGroup();
    }

    private void TellExit()
    {
        try
        {
            channel.Send(new ExitingMessage());
        }
        catch (IOException)
        {
            // Nobody listens.
        }
    }

    private void TellCrash(object error)
    {
        try
        {
            channel.Send(new LogMessage(LineLevel.Error, "an exception that nobody caught ends the worker: " + (error is Exception e ? ScriptPlaces.Describe(e) : error)));
        }
        catch (IOException)
        {
            // Nobody listens.
        }
    }
}
