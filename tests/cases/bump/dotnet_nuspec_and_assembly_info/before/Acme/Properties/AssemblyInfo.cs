using System.Reflection;
// [assembly: AssemblyVersion("1.2.3.0")]
/* [assembly: AssemblyVersion("1.2.3.0")] */
#region it's "the version
[assembly: AssemblyVersion("1.2.3.0")]
[assembly: System.Reflection.AssemblyFileVersionAttribute(@"1.2.3"), AssemblyInformationalVersion("1.2.3-SNAPSHOT")]
#if WILD
[assembly: AssemblyVersion("1.2.*")]
#endif
[assembly: AssemblyMetadata("AssemblyVersion", "1.2.3.0")]
[assembly: AssemblyVersion(Version.Number)]
[assembly: AssemblyTitle("a \" [assembly: AssemblyVersion(\"1.2.3.0\")]")]