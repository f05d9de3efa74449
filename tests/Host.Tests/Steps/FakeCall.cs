using Tapedeck.Recordings;
using Tapedeck.Steps;

namespace Tapedeck.Host.Tests.Steps;

/// <summary>An attempt without a catalog.</summary>
internal sealed class FakeCall(StepDefinition definition) : StepCall
{
    public override Guid Id { get; } = Guid.Parse("0197a000-0000-7000-8000-000000000001");

    public override StepDefinition Definition => definition;

    public override int Attempt => 1;

    public override DateTimeOffset At { get; } = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public override StepRecording Recording { get; } = new(Guid.NewGuid(), "live", "_definst_", "cam", new DateTimeOffset(2026, 1, 2, 3, 0, 0, TimeSpan.Zero));

    public override StepFile? File { get; } = new(Guid.NewGuid(), 0, "/recordings/cam.mp4", "mp4", new DateTimeOffset(2026, 1, 2, 3, 0, 0, TimeSpan.Zero)) { Bytes = 10, Duration = TimeSpan.FromSeconds(1.5) };

    public override StepCause? Cause => null;

    public override string? Progress => null;

    public override ValueTask SaveProgressAsync(string progress, CancellationToken cancellationToken) => default;

    public override ValueTask<IReadOnlyList<Discontinuity>> GetLedgerAsync(CancellationToken cancellationToken) => new([]);

    public override ValueTask MoveFileAsync(string path, CancellationToken cancellationToken) => default;

    public override ValueTask<string> CopyFileAsync(string path, CancellationToken cancellationToken) => new(path);

    public override ValueTask DeleteFileAsync(CancellationToken cancellationToken) => default;

    public override ValueTask SetSha256Async(ReadOnlyMemory<byte> hash, CancellationToken cancellationToken) => default;

    public override ValueTask SetLabelAsync(string key, string? value, CancellationToken cancellationToken) => default;
}
