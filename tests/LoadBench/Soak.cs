using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Tapedeck.LoadBench;

/// <summary>
/// Our host for a long time. Most publishers stay some minutes, leave and come back under the same name, and retention removes what they recorded; a
/// few stay all the time, and their files are kept, to be compared at the end. Once a minute it is looked at what the host holds.
/// </summary>
internal sealed class Soak : IDisposable
{
    private const string Coming = "coming";
    private const string Staying = "staying";
    private const double BytesPerKilobitMinute = 60_000 / 8.0;
    private const double StayersBytes = 3.5e9;
    private static readonly TimeSpan Stay = TimeSpan.FromSeconds(150);
    private readonly Options _options;
    private readonly Clip _clip;
    private readonly Server _server;
    private readonly Feed _feed;
    private readonly BlockingCollection<(Seat Seat, Publisher Publisher, Exception? Error)> _turnover = [];
    private readonly Dictionary<string, List<Publisher>> _gone = new(StringComparer.Ordinal);
    private readonly List<string> _errors = [];
    private readonly ManualResetEventSlim _stop = new();
    private readonly List<SoakSample> _samples = [];
    private int _returns;

    private Soak(Options options, Clip clip, string folder)
    {
        _options = options;
        _clip = clip;
        _server = Server.Start(folder, options.Port, new()
        {
            [Coming] = "recordingFormat: mp4\nproperties:\n  retentionQuota: 3GiB\n  storageQuota: 6GiB",
            [Staying] = "recordingFormat: mp4\nproperties:\n  recordingSplitDuration: 10min",
        });
        _feed = new Feed((seat, publisher, error) => _turnover.Add((seat, publisher, error)));
    }

    public static int Run(Options options, Clip clip)
    {
        var folder = Path.Combine(options.Folder, "soak");
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        using var soak = new Soak(options, clip, folder);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, soak.Interrupt);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, soak.Interrupt);
        return soak.Run(folder);
    }

    public void Dispose()
    {
        _feed.Dispose();
        _server.Dispose();
        _turnover.Dispose();
        _stop.Dispose();
    }

    private void Interrupt(PosixSignalContext context)
    {
        context.Cancel = true; // the samples so far are worth their table
        _stop.Set();
    }

    private int Run(string folder)
    {
        var stayers = Math.Clamp((int)(StayersBytes / (_options.Minutes * (_options.Kilobits + 128) * BytesPerKilobitMinute)), 1, Math.Min(10, _options.Publishers));
        for (var i = 0; i < _options.Publishers; i++)
        {
            var stays = i < stayers;
            var seat = new Seat($"s{i:000}", stays ? Staying : Coming);
            if (!stays)
                seat.Leaves = (long)(Stay.TotalMilliseconds * (i + 1) / _options.Publishers); // so that they leave one after the other
            _feed.Connect(_clip, seat, _server.Port);
        }

        var keeper = new Thread(KeepSeats);
        keeper.Start();
        _feed.StartPaced();
        Say(string.Create(CultureInfo.InvariantCulture, $"soak: {_options.Publishers} publishers at {(_options.Kilobits + 128) / 1000.0:0.0} Mbit/s for {_options.Minutes} min, {stayers} stay, the others come and go every {Stay.TotalSeconds:0} s"));
        Say(SoakSample.Head);
        for (var minute = 0; minute <= _options.Minutes && !_server.HasEnded; minute++)
        {
            // The measured time itself; a signal ends it early.
            if (_stop.Wait(TimeSpan.FromMilliseconds(Math.Max(0, (minute * 60_000L) - _feed.Now))))
                break;
            _samples.Add(SoakSample.Take(_samples.Count > 0 ? _samples[^1] : null, _server, _feed, folder, _returns));
            Say(_samples[^1].ToString());
        }

        if (_server.HasEnded)
            _errors.Add("the host has ended by itself");
        _feed.Stop();
        _turnover.CompleteAdding();
        keeper.Join();
        foreach (var publisher in _feed.Publishers)
        {
            publisher.Finish();
            Remember(publisher);
        }

        _server.Stop();
        var (right, wrong) = Verification.CheckLatest(_server.Files, _gone);
        _errors.AddRange(wrong);
        var text = SoakReport.Render(_samples, right, _errors, File.ReadLines(Path.Combine(folder, "output.log")));
        Say(text);
        var report = Path.Combine(_options.Folder, "soak.md");
        File.WriteAllText(report, text);
        Console.Error.WriteLine($"also in {report}");
        if (_errors.Count == 0)
            Directory.Delete(folder, recursive: true);
        else
            Console.Error.WriteLine($"{folder} is left for you to look at");
        return _errors.Count == 0 ? 0 : 1;
    }

    /// <summary>Ends whoever's time is up and lets the next one sit down.</summary>
    private void KeepSeats()
    {
        foreach (var (seat, publisher, error) in _turnover.GetConsumingEnumerable())
        {
            try
            {
                if (error is not null)
                    _errors.Add($"{seat.Name}: {error.Message}");
                else
                    publisher.Finish();
                Remember(publisher);
                publisher.Dispose();
                if (_turnover.IsAddingCompleted || _server.HasEnded)
                    continue;
                var next = new Publisher(_clip, seat.Name);
                next.Connect(_server.Port, seat.Application);
                next.StopBlocking();
                seat.Begins = _feed.Now;
                seat.Leaves = seat.Application == Staying ? long.MaxValue : seat.Begins + (long)Stay.TotalMilliseconds;
                seat.Publisher = next;
                _returns++;
            }
            catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
            {
                _errors.Add($"{seat.Name} could not return: {e.Message}");
            }
        }
    }

    private void Remember(Publisher publisher)
    {
        if (publisher.Video + publisher.Audio == 0)
            return; // it came and had nothing to send before the end: no file
        if (!_gone.TryGetValue(publisher.Name, out var list))
            _gone[publisher.Name] = list = [];
        list.Add(publisher);
    }

    private static void Say(string text)
    {
        Console.WriteLine(text);
        Console.Out.Flush();
    }
}
