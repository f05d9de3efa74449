using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Tapedeck.Host.Tests")]
