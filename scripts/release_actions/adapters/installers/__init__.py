"""Installers: what users do with a published package, each behind the `Installer` port."""
