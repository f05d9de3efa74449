namespace Tapedeck.Containers.Mp4;

internal static class Mp4Continuation
{
    public static Mp4Writer Open(Stream existing, Mp4WriterOptions options, DiskPlan plan) => throw new NotSupportedException();
}
