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
    private const int Kilobits = 2370;
    private const double BytesAMinute = (Kilobits + 128) * 60_000 / 8.0;
    private const double StayersBytes = 3.5e9;
    private static readonly TimeSpan Stay = TimeSpan.FromSeconds(150);
    private readonly Bench _bench;
    private readonly int _publishers;
    private readonly int _minutes;
    private readonly Clip _clip;
    private readonly Server _server;
    private readonly Feed _feed;
    private readonly BlockingCollection<(Seat Seat, Publisher Publisher, Exception? Error)> _turnover = [];
    private readonly Dictionary<string, List<Publisher>> _gone = new(StringComparer.Ordinal);
    private readonly List<string> _errors = [];
    private readonly ManualResetEventSlim _stop = new();
    private readonly List<SoakSample> _samples = [];
    private int _returns;

    private Soak(Bench bench, string folder)
    {
        _bench = bench;
        _publishers = bench.Options.Publishers ?? 100;
        _minutes = bench.Options.Quick ? Math.Min(3, bench.Options.Minutes) : bench.Options.Minutes;
        _clip = Clip.Make(bench.Options.Folder, Kilobits);
        _server = bench.Programs.StartHost(folder, bench.Options.Port, new()
        {
            [Coming] = "recordingFormat: mp4\nproperties:\n  retentionQuota: 3GiB\n  storageQuota: 6GiB",
            [Staying] = "recordingFormat: mp4\nproperties:\n  recordingSplitDuration: 10min",
        });
        _feed = new Feed((seat, publisher, error) => _turnover.Add((seat, publisher, error)));
    }

    public static Section Run(Bench bench)
    {
        var machine = Machine.Describe();
        var folder = Path.Combine(bench.Options.Folder, "soak");
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        using var soak = new Soak(bench, folder);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, soak.Interrupt);
        return soak.Run(machine, folder);
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

    private Section Run(string machine, string folder)
    {
        var stayers = Math.Clamp((int)(StayersBytes / (_minutes * BytesAMinute)), 1, Math.Min(10, _publishers));
        for (var i = 0; i < _publishers; i++)
        {
            var stays = i < stayers;
            var seat = new Seat($"s{i:000}", stays ? Staying : Coming);
            if (!stays)
                seat.Leaves = (long)(Stay.TotalMilliseconds * (i + 1) / _publishers); // so that they leave one after the other
            _feed.Connect(_clip, seat, _server.Port);
        }

        var keeper = new Thread(KeepSeats);
        keeper.Start();
        _feed.StartPaced();
        _bench.Say(string.Create(CultureInfo.InvariantCulture, $"{_publishers} publishers of 2.5 Mbit/s for {_minutes} min, {stayers} stay, the others come and go every {Stay.TotalSeconds:0} s"));
        _bench.Say(SoakSample.Head);
        for (var minute = 0; minute <= _minutes && !_server.HasEnded; minute++)
        {
            // The measured time itself; a signal ends it early.
            if (_stop.Wait(TimeSpan.FromMilliseconds(Math.Max(0, (minute * 60_000L) - _feed.Now))))
                break;
            _samples.Add(SoakSample.Take(_samples.Count > 0 ? _samples[^1] : null, _server, _feed, folder, _returns));
            _bench.Say(_samples[^1].ToString());
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

        if (!_server.HasEnded)
            _server.Stop();
        if (_samples.Count == 0)
            throw new InvalidOperationException($"The soak ended before its first minute; see {_server.LogFile}.");
        var (right, wrong) = Verification.CheckLatest(_server.Files, _gone);
        _errors.AddRange(wrong);
        var report = new SoakReport(_samples, right, _errors, [.. File.ReadLines(_server.LogFile)]);
        if (_errors.Count == 0)
            Directory.Delete(folder, recursive: true);
        else
            _bench.Say($"{folder} is left for you to look at");
        return new Section("soak", $"{machine}\n\n{report.Text}", report.Goals($"{_publishers} × 2.5 Mbit/s, {_samples[^1].Minutes:0} min"), _errors.Count > 0);
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
}
