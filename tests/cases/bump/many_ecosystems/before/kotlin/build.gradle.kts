plugins { id("x") version "1.2.3" }
