namespace Acme
(* (* nested *) [<assembly: AssemblyVersion("1.2.3.0")>] *)
[<assembly: AssemblyVersion("1.2.3.0")>]
[<assembly: AssemblyFileVersion("1.2.3.4")>]
do ()
module X = let f (x: 'a) = x' + "1.2.3"
