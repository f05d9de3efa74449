using BenchmarkDotNet.Attributes;
using Tapedeck.Containers;
using Tapedeck.Media;

namespace Tapedeck.Benchmarks;

/// <summary>Writers: a second of media, 30 pictures and 47 frames of sound, planned as one fragment.</summary>
public class ContainerPieces
{
    private readonly Encoder _encoder = new();
    private readonly DiskPlan _plan = new();
    private readonly MediaFrame[] _following = new MediaFrame[2];
    private readonly IContainerWriter _mp4 = Create("mp4");
    private readonly IContainerWriter _fmp4 = Create("fmp4");
    private readonly IContainerWriter _flv = Create("flv");
    private readonly IContainerWriter _ts = Create("ts");
    private readonly IContainerWriter _mkv = Create("mkv");

    /// <summary>Of an MP4 that becomes an ordinary file in the end.</summary>
    [Benchmark(Description = "MP4: a fragment of 1 s")]
    public void Mp4() => Write(_mp4);

    /// <summary>Of an MP4 that stays in fragments.</summary>
    [Benchmark(Description = "fMP4: a fragment of 1 s")]
    public void FragmentedMp4() => Write(_fmp4);

    /// <summary>Tags.</summary>
    [Benchmark(Description = "FLV: 1 s")]
    public void Flv() => Write(_flv);

    /// <summary>Packets: the media is copied, as each carries 184 bytes of it.</summary>
    [Benchmark(Description = "MPEG-TS: 1 s")]
    public void Ts() => Write(_ts);

    /// <summary>A cluster.</summary>
    [Benchmark(Description = "Matroska: 1 s")]
    public void Mkv() => Write(_mkv);

    private static IContainerWriter Create(string name) => Format.All.Single(f => f.Name == name).Create();

    private void Write(IContainerWriter writer)
    {
        _encoder.Add(writer, 1);
        _encoder.Peek(_following);
        _plan.Clear();
        writer.CutFragment(_plan, _following);
    }
}
