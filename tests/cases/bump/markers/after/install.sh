#!/bin/sh
BREADTH=ünder PIP="acme==1.4.0" # release-actions:version=pep440