#!/bin/sh
BREADTH=ünder PIP="acme==1.4.0b2" # release-actions:version=pep440