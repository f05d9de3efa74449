namespace Tapedeck.LoadBench;

/// <summary>All runs of one load: a figure of it is their median.</summary>
internal sealed class Runs(Load load)
{
    private readonly List<Result> _results = [];

    public Load Load => load;

    public IReadOnlyList<Result> Results => _results;

    /// <summary>Why a run could not be finished; null: all could.</summary>
    public string? Failure { get; set; }

    public double CpuPerGigabyte => Median(r => r.CpuPerGigabyte);

    public double Throughput => Median(r => r.Throughput);

    public void Add(Result result) => _results.Add(result);

    public double Median(Func<Result, double> value) => Order.Median(_results.Select(value).Where(v => !double.IsNaN(v)));

    /// <summary>Of the collector; not a number for servers without one.</summary>
    public double Collector(Func<CollectorFigures, double> value) => Median(r => r.Collector is { } c ? value(c) : double.NaN);

    /// <summary>Of the viewers; not a number without them.</summary>
    public double Audience(Func<AudienceFigures, double> value) => Median(r => r.Audience is { } a ? value(a) : double.NaN);
}
