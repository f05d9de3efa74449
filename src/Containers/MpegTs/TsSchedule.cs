namespace Tapedeck.Containers.MpegTs;

/// <summary>
/// Puts tables and clock between the PES packets: PAT and PMT before each key frame and within 100 ms, the clock within 40 ms, a new version of the PMT
/// before the first packet that it is about.
/// </summary>
internal sealed class TsSchedule
{
    private const long TableInterval = TsTime.Rate / 10;
    private const long ClockInterval = TsTime.Rate / 25;
    private const int FirstPid = 0x100;
    private const int Program = 1;

    private readonly PacketOutput _output;
    private readonly long _lead;
    private readonly long _longestGap;
    private readonly int _pmtPid;
    private readonly int _program;
    private readonly byte[] _pat;
    private readonly List<ProgramStream> _kept = [];
    private readonly List<TsWriterTrack> _tracks = [];
    private byte[] _pmt = [];
    private int _version;
    private int _pcrPid;
    private int _nextPid = FirstPid;
    private long _clock;
    private long _lastClock = long.MinValue;
    private long _lastTables = long.MinValue;
    private long _tablesEnd = -1;
    private bool _tablesDue = true;

    public TsSchedule(PacketOutput output, TsWriterOptions options)
    {
        _output = output;
        _lead = (long)(Math.Clamp(options.ClockLead.TotalSeconds, 0.01, 9) * TsTime.Rate);
        _longestGap = (long)(Math.Max(0.1, options.LongestFilledGap.TotalSeconds) * TsTime.Rate);
        (_pmtPid, _program) = (Math.Clamp(options.ProgramMapPid, 0x10, TsPacket.NullPid - 1), Program);
        _pat = Psi.BuildPat(1, Program, _pmtPid);
        SkipTakenPid();
    }

    /// <summary>After an older file.</summary>
    public TsSchedule(PacketOutput output, TsWriterOptions options, TsFileEnd end)
        : this(output, options)
    {
        (_pat, _pmt, _pmtPid, _program) = (end.Pat, end.Pmt, end.PmtPid, end.Map.Program);
        _version = end.Map.Version;
        _kept.AddRange(end.Map.Streams);
        if (end.Clock is { } clock)
            (_clock, _lastClock) = (clock, clock);
        else
            _clock = end.Time - _lead;
        SkipTakenPid();
    }

    /// <summary>Gives PIDs to tracks that have none yet: pictures first, as players begin with the first stream.</summary>
    public void AddTracks(List<TsWriterTrack> tracks)
    {
        if (_tracks.Count == tracks.Count)
            return;
        foreach (var track in tracks.Except(_tracks).OrderBy(track => track.Seen.Kind).ThenBy(track => track.Seen.Id).ToList())
        {
            track.Pid = KeptPid(track.Form) ?? _nextPid++;
            SkipTakenPid();
            track.Announced = track.Form;
            var at = _tracks.FindIndex(other => other.Seen.Kind > track.Seen.Kind);
            _tracks.Insert(at < 0 ? _tracks.Count : at, track);
        }

        Announce();
    }

    /// <summary>Everything up to and including the header of a PES packet.</summary>
    /// <param name="pes">The packet.</param>
    /// <param name="bound">The clock must not pass this decode time.</param>
    public void Open(in PendingPes pes, long bound)
    {
        var track = pes.Track;
        if (!ReferenceEquals(track.Announced, pes.Form))
        {
            track.Announced = pes.Form;
            Announce();
        }

        Advance(Math.Min(pes.Dts, bound) - _lead);
        if ((pes.IsKey && _tablesEnd != _output.Written) || _tablesDue)
            WriteTables();
        var isClock = track.Pid == _pcrPid;
        if (_lastClock == long.MinValue && !isClock)
            WriteClock(_clock, discontinuity: false);
        var pcr = isClock && _clock > _lastClock ? Wrap(_clock) : -1;
        if (pcr >= 0)
            _lastClock = _clock;
        _output.BeginPes(track.Pid, pes.Form.StreamId, pes.IsKey, pcr, pes.Pts, pes.Dts);
    }

    private void Advance(long to)
    {
        if (_lastTables == long.MinValue && _lastClock == long.MinValue)
        {
            _clock = to;
            return;
        }

        // Behind an older file: its tables may be as old as they are allowed to get.
        if (_lastTables == long.MinValue)
            WriteTables();
        if (to <= _clock)
            return;
        if (_lastClock != long.MinValue && to - _lastClock > _longestGap)
        {
            WriteClock(to, discontinuity: true);
            _tablesDue = true;
        }

        while (_lastClock != long.MinValue && to - _lastClock > ClockInterval)
        {
            // In even steps.
            var steps = (to - _lastClock + ClockInterval - 1) / ClockInterval;
            MoveTo(Math.Max(_clock, _lastClock + (to - _lastClock) / steps));
            WriteClock(_clock, discontinuity: false);
        }

        MoveTo(to);
    }

    private void MoveTo(long clock)
    {
        if (clock - _lastTables > TableInterval)
            WriteTables();
        _clock = clock;
    }

    private void WriteTables()
    {
        _output.Section(TsPacket.PatPid, _pat);
        _output.Section(_pmtPid, _pmt);

        // By the clock that a receiver has seen, which may be a little behind ours.
        _lastTables = _lastClock == long.MinValue ? _clock : _lastClock;
        _tablesEnd = _output.Written;
        _tablesDue = false;
    }

    private void WriteClock(long clock, bool discontinuity)
    {
        _output.Clock(_pcrPid, Wrap(clock), discontinuity);
        _clock = _lastClock = clock;
    }

    /// <summary>Builds the PMT anew; one that says something else gets the next version.</summary>
    private void Announce()
    {
        var old = _pcrPid;
        _pcrPid = (_tracks.Find(track => track.IsVideo) ?? _tracks[0]).Pid;
        if (old != 0 && old != _pcrPid)
            _lastClock = long.MinValue;
        var streams = _tracks.ConvertAll(track => new ProgramStream(track.Pid, track.Announced!.StreamType, track.Announced.Descriptors));
        var map = new ProgramMap(_program, _version, _pcrPid, streams) { Descriptors = _tracks.Exists(track => track.IsData) ? Id3.Pointer(_program) : [] };
        if (Psi.BuildPmt(map).AsSpan().SequenceEqual(_pmt))
            return;
        if (_pmt.Length > 0)
            _version = _version + 1 & 31;
        _pmt = Psi.BuildPmt(map with { Version = _version });
        _tablesDue = true;
    }

    /// <summary>The PID of a stream of the older file that is of the same kind and not taken yet.</summary>
    private int? KeptPid(ElementaryForm form)
    {
        var at = _kept.FindIndex(stream => stream.StreamType == form.StreamType
            && (form.StreamType != 0x06 || stream.Find(0x05).SequenceEqual(form.Descriptors.AsSpan(2, 4)))
            && (form.StreamType != Id3.StreamType || Id3.IsIn(stream)));
        if (at < 0)
            return null;
        var pid = _kept[at].Pid;
        _kept.RemoveAt(at);
        return pid;
    }

    private void SkipTakenPid()
    {
        while (_nextPid == _pmtPid || _kept.Exists(stream => stream.Pid == _nextPid) || _tracks.Exists(track => track.Pid == _nextPid))
            _nextPid++;
    }

    private static long Wrap(long time) => time & (TsTime.Wrap - 1);
}
