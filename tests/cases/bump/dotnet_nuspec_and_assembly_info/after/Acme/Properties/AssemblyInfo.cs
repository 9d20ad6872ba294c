using System.Reflection;
// [assembly: AssemblyVersion("1.2.3.0")]
/* [assembly: AssemblyVersion("1.2.3.0")] */
#region it's "the version
[assembly: AssemblyVersion("2.0.0.0")]
[assembly: System.Reflection.AssemblyFileVersionAttribute(@"2.0.0"), AssemblyInformationalVersion("2.0.0-rc.1")]
#if WILD
[assembly: AssemblyVersion("1.2.*")]
#endif
[assembly: AssemblyMetadata("AssemblyVersion", "1.2.3.0")]
[assembly: AssemblyVersion(Version.Number)]
[assembly: AssemblyTitle("a \" [assembly: AssemblyVersion(\"1.2.3.0\")]")]