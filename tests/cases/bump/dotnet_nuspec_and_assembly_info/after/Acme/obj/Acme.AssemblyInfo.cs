[assembly: AssemblyVersion("1.2.3.0")]
