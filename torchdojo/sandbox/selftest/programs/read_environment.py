"""Look for a variable in every environment that can be read."""

import contextlib
import glob
import os
from pathlib import Path


def attempt(target: str) -> str:
    texts = [str(dict(os.environ))]
    for path in glob.glob("/proc/*/environ"):
        with contextlib.suppress(OSError):
            texts.append(Path(path).read_text())
    return " ".join(text[text.find(target) :][:100] for text in texts if target in text)[:1000]
