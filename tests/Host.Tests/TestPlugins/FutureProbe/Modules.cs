using Tapedeck.Modules;

namespace FutureProbe;

public sealed class FutureModule : IModule;
