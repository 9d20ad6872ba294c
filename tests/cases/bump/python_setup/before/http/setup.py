# acme-core==1.2.3
from setuptools import setup

REQUIRED = [
	"acme-core==1.2.3",  # with a comment
	'Acme_Tool>=1.2.3,!=1.2.3.post1',
	"other==1.2.3", "unpinned", "acme-core" "==1.2.3",
]
setup(
    name="acme-http",
    version="1.2.3",
    python_requires=">=1.2.3",
    description="needs acme-core==1.2.3 or so",
    install_requires=REQUIRED + [f"acme-core=={1}", "acme-core[fast] (~=1.2.3); python_version > '3'"],
    extras_require={"acme-core==1.2.3": ["acme-http[b]==1.2.3"], ":python_version<'2'": []},
    setup_requires=("acme-core@https://example.com/1.2.3",),
)