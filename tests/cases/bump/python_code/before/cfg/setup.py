from setuptools import setup

# setup(version="1.2.3")
setup(
    name="acme-cfg",
    version="1.2.3",
    install_requires=["other==1.2.3"],
    extras_require=dict(version="1.2.3"),
    options={"version": "1.2.3"},
)
other(version="1.2.3")
