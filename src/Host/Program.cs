using System.CommandLine;
using Microsoft.Extensions.Logging;
using Tapedeck.Host.Commands;
using Tapedeck.Ingest.Rtmp;

// The parts list: what listens, and what the command can do.
var servers = new ServerList()
    .Add<RtmpServerOptions>("rtmp", (options, applications, time, loggers) => new RtmpServer(options, applications, time, loggers.CreateLogger<RtmpServer>()));

var home = new Option<string?>("--home") { Description = "Folder of everything the host owns: conf/, applications/, plugins/, content/, data/, logs/. Default: the current folder when it holds applications/, else the installation." };
home.Validators.Add(result =>
{
    if (result.Tokens is [var folder] && !Directory.Exists(folder.Value))
        result.AddError($"--home: the folder '{folder.Value}' does not exist; make it first, or name another.");
});
var set = new Option<string[]>("--set") { Description = "A setting, as key=value; may be repeated. 'tapedeck settings' lists them.", AllowMultipleArgumentsPerToken = false };

var root = new RootCommand("Tapedeck records live streams.")
{
    RunCommand.Create(home, set, servers),
    PublishCommand.Create(),
    InspectCommand.Create(),
    RepairCommand.Create(),
    RecordingsCommand.Create(home),
    CheckCommand.Create(home),
    ScriptCommand.Create(home),
    RetentionCommand.Create(home),
    StepsCommand.Create(home),
    SettingsCommand.Create(home, set, servers),
    BenchCommand.Create(),
};

// Nothing given means run, so that 'dotnet run --project src/Host' serves.
return await root.Parse(args.Length == 0 ? ["run"] : args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
