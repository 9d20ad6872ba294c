/* outer /* version = "1.2.3" */ version = "1.2.3" */
plugins {
	kotlin("jvm") version "1.2.3"
}
val quote = '"'
version = "1.2.3"
val raw = """
version = "1.2.3"
"""
project.version = "1.2.3"
subprojects {
	version = rootProject.version
}