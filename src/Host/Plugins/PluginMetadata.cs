using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Tapedeck.Host.Plugins;

/// <summary>What an assembly says about itself, read from its bytes without running any of it.</summary>
internal sealed class PluginMetadata : IDisposable
{
    private const string ContractNamespace = "Tapedeck.Modules";

    private readonly PEReader _image;
    private readonly MetadataReader _reader;
    private readonly PluginFiles _files;
    private readonly Dictionary<string, PluginMetadata?> _neighbours = new(StringComparer.OrdinalIgnoreCase);

    /// <exception cref="BadImageFormatException">It is no .NET assembly.</exception>
    public PluginMetadata(byte[] dll, PluginFiles files)
    {
        _files = files;
        _image = new PEReader(new MemoryStream(dll));
        if (!_image.HasMetadata) throw new BadImageFormatException("it is not a .NET assembly");
        _reader = _image.GetMetadataReader();
    }

    public Version Version => _reader.GetAssemblyDefinition().Version;

    public string AssemblyName => _reader.GetString(_reader.GetAssemblyDefinition().Name);

    public IEnumerable<(string Name, Version Version)> References =>
        _reader.AssemblyReferences.Select(h => _reader.GetAssemblyReference(h)).Select(r => (_reader.GetString(r.Name), r.Version));

    /// <summary>Public classes that are modules, with their aliases.</summary>
    public IEnumerable<(string FullName, IReadOnlyList<string> Aliases)> Modules()
    {
        foreach (var handle in _reader.TypeDefinitions)
        {
            var type = _reader.GetTypeDefinition(handle);
            if (!IsPublicClass(type) || !IsModule(handle, 0)) continue;
            yield return (FullName(handle), Aliases(type));
        }
    }

    public void Dispose()
    {
        foreach (var neighbour in _neighbours.Values) neighbour?.Dispose();
        _image.Dispose();
    }

    private bool IsPublicClass(TypeDefinition type)
    {
        const System.Reflection.TypeAttributes Kind = System.Reflection.TypeAttributes.Abstract | System.Reflection.TypeAttributes.Interface;
        if ((type.Attributes & Kind) != 0 || type.GetGenericParameters().Count > 0) return false;
        var visibility = type.Attributes & System.Reflection.TypeAttributes.VisibilityMask;
        if (visibility == System.Reflection.TypeAttributes.Public) return true;
        return visibility == System.Reflection.TypeAttributes.NestedPublic
            && (_reader.GetTypeDefinition(type.GetDeclaringType()).Attributes & System.Reflection.TypeAttributes.VisibilityMask)
                is System.Reflection.TypeAttributes.Public or System.Reflection.TypeAttributes.NestedPublic;
    }

    private bool IsModule(EntityHandle handle, int depth)
    {
        // Damaged metadata may name a class as its own base.
        if (handle.IsNil || depth > 32) return false;
        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition:
                var type = _reader.GetTypeDefinition((TypeDefinitionHandle)handle);
                return type.GetInterfaceImplementations().Any(i => IsModule(_reader.GetInterfaceImplementation(i).Interface, depth + 1))
                    || IsModule(type.BaseType, depth + 1);
            case HandleKind.TypeReference:
                return IsModule(_reader.GetTypeReference((TypeReferenceHandle)handle), depth);
            case HandleKind.TypeSpecification:
                return IsModule(GenericDefinition((TypeSpecificationHandle)handle), depth + 1);
            default:
                return false;
        }
    }

    private bool IsModule(TypeReference reference, int depth)
    {
        if (reference.ResolutionScope.Kind != HandleKind.AssemblyReference) return false;
        var space = _reader.GetString(reference.Namespace);
        var name = _reader.GetString(reference.Name);
        var assembly = _reader.GetString(_reader.GetAssemblyReference((AssemblyReferenceHandle)reference.ResolutionScope).Name);
        if (assembly.Equals(SharedAssemblies.ContractName, StringComparison.OrdinalIgnoreCase))
            return space == ContractNamespace && name.StartsWith("IModule", StringComparison.Ordinal);
        return Neighbour(assembly) is { } neighbour && neighbour.Find(space, name) is { IsNil: false } found && neighbour.IsModule(found, depth + 1);
    }

    /// <summary>The class of which a constructed generic base (<c>Base&lt;T&gt;</c>) is made.</summary>
    private EntityHandle GenericDefinition(TypeSpecificationHandle handle)
    {
        var signature = _reader.GetBlobReader(_reader.GetTypeSpecification(handle).Signature);
        if (signature.ReadSignatureTypeCode() != SignatureTypeCode.GenericTypeInstance) return default;
        signature.ReadSignatureTypeCode();
        return signature.ReadTypeHandle();
    }

    private PluginMetadata? Neighbour(string assembly)
    {
        if (_neighbours.TryGetValue(assembly, out var known)) return known;
        return _neighbours[assembly] = _files.Find(assembly) is { } bytes ? new PluginMetadata(bytes.Dll, _files) : null;
    }

    private TypeDefinitionHandle Find(string space, string name) =>
        _reader.TypeDefinitions.FirstOrDefault(h =>
        {
            var type = _reader.GetTypeDefinition(h);
            return _reader.StringComparer.Equals(type.Name, name) && _reader.StringComparer.Equals(type.Namespace, space);
        });

    private string FullName(TypeDefinitionHandle handle)
    {
        var type = _reader.GetTypeDefinition(handle);
        var name = _reader.GetString(type.Name);
        if (!type.GetDeclaringType().IsNil) return FullName(type.GetDeclaringType()) + "+" + name;
        var space = _reader.GetString(type.Namespace);
        return space.Length == 0 ? name : space + "." + name;
    }

    private List<string> Aliases(TypeDefinition type)
    {
        var aliases = new List<string>();
        foreach (var handle in type.GetCustomAttributes())
        {
            var attribute = _reader.GetCustomAttribute(handle);
            if (attribute.Constructor.Kind != HandleKind.MemberReference) continue;
            var parent = _reader.GetMemberReference((MemberReferenceHandle)attribute.Constructor).Parent;
            if (parent.Kind != HandleKind.TypeReference) continue;
            var attributeType = _reader.GetTypeReference((TypeReferenceHandle)parent);
            if (!_reader.StringComparer.Equals(attributeType.Name, "ModuleAliasAttribute") || !_reader.StringComparer.Equals(attributeType.Namespace, ContractNamespace)) continue;
            // ECMA-335 II.23.3: prolog 0x0001, then the fixed arguments.
            var value = _reader.GetBlobReader(attribute.Value);
            if (value.ReadUInt16() == 1 && value.ReadSerializedString() is { Length: > 0 } alias) aliases.Add(alias);
        }
        return aliases;
    }
}
