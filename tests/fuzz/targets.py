"""Everything that reads what comes from outside, by name."""

from tests.fuzz.answers import ANSWERS
from tests.fuzz.archives import ARCHIVES
from tests.fuzz.judge import Target
from tests.fuzz.manifests import MANIFESTS
from tests.fuzz.texts import TEXTS

TARGETS: dict[str, Target] = {target.name: target for target in (*TEXTS, *MANIFESTS, *ARCHIVES, *ANSWERS)}
