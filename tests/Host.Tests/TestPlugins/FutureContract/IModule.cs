namespace Tapedeck.Modules;

public interface IModule;
