using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;
using Microsoft.CodeAnalysis.Text;
using Tapedeck.HookScript.Protocol;

namespace Tapedeck.Scripts.Compiling;

/// <summary>What came of compiling.</summary>
/// <param name="Image">The code; null when there are errors.</param>
/// <param name="Errors">One line each: file(line,column): error.</param>
/// <param name="Parts">All that went into it, also when it does not compile.</param>
/// <param name="IsComplete">False when something was not found: it may compile next time though no part has changed.</param>
internal sealed record Compilation(ScriptImage? Image, IReadOnlyList<string> Errors, IReadOnlyList<ScriptPart> Parts, bool IsComplete);

/// <summary>
/// Compiles scripts. The scripting API of the compiler would load each version for good, 2 to 6 MiB each; we emit and load ourselves.
/// </summary>
internal static class ScriptCompiler
{
    private const int ErrorLimit = 20;
    private static readonly string[] Usings =
        ["System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Threading.Tasks", "Tapedeck.Scripts"];

    private static readonly CSharpParseOptions Parsing = new(LanguageVersion.Latest, DocumentationMode.None, SourceCodeKind.Script);

    public static Compilation Compile(ScriptPlace script)
    {
        var problems = new Dictionary<string, string>(StringComparer.Ordinal);
        var folders = new ScriptFolders(script.Roots);
        var sources = new SourceResolver(folders, problems);
        var libraries = new LibraryResolver(folders, problems);
        SourceText text;
        try
        {
            using var file = sources.OpenRead(script.Path);
            text = SourceText.From(file, canBeEmbedded: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Compilation(null, [$"{Path.GetFileName(script.Path)}(1,1): cannot be read: {e.Message}"], [], IsComplete: false);
        }

        var compilation = CSharpCompilation.CreateScriptCompilation(
            Path.GetFileNameWithoutExtension(script.Path) + "-" + sources.Parts[0].Content[..8],
            CSharpSyntaxTree.ParseText(text, Parsing, script.Path), SharedReferences.All, Options(sources, libraries),
            returnType: typeof(object), globalsType: typeof(ScriptGlobals));
        using var assembly = new MemoryStream();
        using var symbols = new MemoryStream();
        var result = compilation.Emit(assembly, symbols, options: new EmitOptions(debugInformationFormat: DebugInformationFormat.PortablePdb));
        ScriptPart[] parts = [.. sources.Parts, .. libraries.Parts];
        if (!result.Success)
            return new Compilation(null, Errors(result, script, problems), parts, IsComplete: problems.Count == 0);
        var entry = compilation.GetEntryPoint(CancellationToken.None)!;
        return new Compilation(
            new ScriptImage(ScriptContent.Hash(parts), assembly.ToArray(), symbols.ToArray(), entry.ContainingType.MetadataName, entry.MetadataName, [.. sources.Parts], libraries.Parts),
            [], parts, IsComplete: true);
    }

    private static CSharpCompilationOptions Options(SourceResolver sources, LibraryResolver libraries) => new(
        OutputKind.DynamicallyLinkedLibrary,
        scriptClassName: "Script",
        usings: Usings,
        optimizationLevel: OptimizationLevel.Release,
        nullableContextOptions: NullableContextOptions.Enable,
        sourceReferenceResolver: sources,
        metadataReferenceResolver: libraries,
        // A call that is not awaited would go on, or be lost, behind the step's back.
        specificDiagnosticOptions: [KeyValuePair.Create("CS4014", ReportDiagnostic.Error)]);

    private static List<string> Errors(EmitResult result, ScriptPlace script, Dictionary<string, string> problems)
    {
        var errors = result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).ToList();
        var lines = errors.Take(ErrorLimit).Select(d => Describe(d, script, problems)).ToList();
        if (errors.Count > ErrorLimit)
            lines.Add($"and {errors.Count - ErrorLimit} more");
        return lines;
    }

    private static string Describe(Diagnostic error, ScriptPlace script, Dictionary<string, string> problems)
    {
        var place = error.Location.GetLineSpan();
        var file = Path.GetRelativePath(script.Roots[0], place.Path is { Length: > 0 } path ? path : script.Path);
        var message = error.GetMessage(CultureInfo.InvariantCulture);
        // The compiler only says that it found nothing.
        if (error.Id is "CS0006" or "CS1504" && problems.FirstOrDefault(p => message.Contains($"'{p.Key}'", StringComparison.Ordinal)) is { Value: { } reason })
            message += " " + reason;
        return $"{file}({place.StartLinePosition.Line + 1},{place.StartLinePosition.Character + 1}): {error.Id}: {message}";
    }
}
