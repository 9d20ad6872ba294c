' It's <Assembly: AssemblyVersion("1.2.3.0")>
<Assembly: AssemblyVersion("1.2.3.0")>
<Assembly: AssemblyTitle("a "" <Assembly: AssemblyVersion(""1.2.3.0"")>")>
