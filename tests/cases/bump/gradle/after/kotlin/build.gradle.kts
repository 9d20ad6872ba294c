/* outer /* version = "1.2.3" */ version = "1.2.3" */
plugins {
	kotlin("jvm") version "1.2.3"
}
val quote = '"'
version = "2.0.0-rc.1"
val raw = """
version = "1.2.3"
"""
project.version = "2.0.0-rc.1"
subprojects {
	version = rootProject.version
}