namespace Acme
(* (* nested *) [<assembly: AssemblyVersion("1.2.3.0")>] *)
[<assembly: AssemblyVersion("2.0.0.0")>]
[<assembly: AssemblyFileVersion("2.0.0.0")>]
do ()
module X = let f (x: 'a) = x' + "1.2.3"
