using Tapedeck.Media;

namespace Tapedeck.Containers.MpegTs;

/// <summary>
/// Follows the tables of the first program and hands packets to its elementary streams. Streams come and go with new versions of the PMT; one whose PID
/// and type stay goes on.
/// </summary>
internal sealed class Demuxer
{
    private readonly PacketReader _packets;
    private readonly TsReaderLimits _limits;
    private readonly Timeline _timeline;
    private readonly SectionReader _pat = new();
    private readonly Dictionary<int, ElementaryStream> _streams = [];
    private SectionReader _pmt = new();
    private bool _hasEnded;

    public Demuxer(Stream file, long start, long end, TsReaderLimits limits, Dictionary<int, List<Track>> tracks)
    {
        _packets = new PacketReader(file, start, end);
        _limits = limits;
        _timeline = new Timeline(tracks);
    }

    /// <summary>All streams that were listed so far and can be read, in the order of the tables.</summary>
    public List<ElementaryStream> All { get; } = [];

    public long Position => _packets.Position;

    public int PmtPid { get; private set; } = -1;

    public ProgramMap? Map { get; private set; }

    /// <summary>The programs of the latest PAT.</summary>
    public IReadOnlyList<(int Program, int Pid)> Programs { get; private set; } = [];

    public byte[] PatSection => _pat.Current;

    public byte[] PmtSection => _pmt.Current;

    /// <summary>Called with each packet, before it is looked into.</summary>
    public PacketSight? Sight { get; set; }

    public delegate void PacketSight(in TsPacket packet, long offset);

    /// <summary>Tables known from elsewhere: the file may begin in mid-stream.</summary>
    public void Assume(int pmtPid, ProgramMap map)
    {
        PmtPid = pmtPid;
        Apply(map);
    }

    /// <summary>Reads one packet; false at the end, when all that is whole was handed out.</summary>
    public bool Read()
    {
        if (_hasEnded)
            return false;
        var offset = _packets.Position;
        if (!_packets.TryRead(out var packet))
        {
            _hasEnded = true;
            foreach (var stream in _streams.Values)
                stream.Close();
            return false;
        }

        Sight?.Invoke(packet, offset);
        if (packet.Pid == TsPacket.PatPid)
            ReadPat(packet);
        else if (packet.Pid == PmtPid)
            ReadPmt(packet);
        else if (_streams.TryGetValue(packet.Pid, out var stream))
            stream.Read(packet);
        return true;
    }

    private void ReadPat(in TsPacket packet)
    {
        if (!_pat.Read(packet) || _pat.Current[0] != 0)
            return;
        Programs = Psi.ReadPat(_pat.Current);
        if (Programs.Count == 0 || Programs.Any(program => program.Pid == PmtPid))
            return;
        PmtPid = Programs[0].Pid;
        _pmt = new SectionReader();
    }

    private void ReadPmt(in TsPacket packet)
    {
        if (_pmt.Read(packet) && Psi.TryReadPmt(_pmt.Current, out var map))
            Apply(map);
    }

    private void Apply(ProgramMap map)
    {
        Map = map;
        var gone = _streams.Keys.ToHashSet();
        foreach (var stream in map.Streams)
        {
            if (_streams.TryGetValue(stream.Pid, out var known))
            {
                if (known.Stream.StreamType == stream.StreamType && known.Stream.Descriptors.AsSpan().SequenceEqual(stream.Descriptors))
                {
                    gone.Remove(stream.Pid);
                    continue;
                }

                Remove(stream.Pid);
            }

            gone.Remove(stream.Pid);
            if (All.Count >= TsReader.MaxStreams || Splitter.For(stream, _limits.MaxPesLength) is not { } splitter)
                continue;
            _streams[stream.Pid] = new ElementaryStream(stream, splitter, _timeline);
            All.Add(_streams[stream.Pid]);
        }

        foreach (var pid in gone)
            Remove(pid);

        // Those that are gone for good and have nothing more to give.
        All.RemoveAll(stream => stream.Frames.Count == 0 && (!_streams.TryGetValue(stream.Stream.Pid, out var current) || current != stream));
    }

    private void Remove(int pid)
    {
        _streams[pid].Close();
        _streams.Remove(pid);
    }
}
