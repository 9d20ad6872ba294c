using System;
using System.Linq;
using NuGet.Versioning;

class Program
{
    static void Main()
    {
        var lines = Console.In.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (var line in lines.OrderBy(NuGetVersion.Parse, VersionComparer.VersionRelease))
        {
            Console.WriteLine(line);
        }
    }
}
