using System.Globalization;

namespace Tapedeck.UploadBench;

/// <summary><c>--name value</c> of the command line.</summary>
internal sealed class Options(string[] arguments)
{
    public string Get(string name, string otherwise)
    {
        var at = Array.IndexOf(arguments, "--" + name);
        return at >= 0 && at + 1 < arguments.Length ? arguments[at + 1] : otherwise;
    }

    public int Get(string name, int otherwise) => int.Parse(Get(name, otherwise.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture);
}
