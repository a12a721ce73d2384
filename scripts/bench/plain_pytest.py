"""Time plain pytest, one fresh process per submission, as teachers script it. No sandbox, no limits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from scripts.bench.measure import ROOT, PartMissing, Setting, clock

PASSES = 1


def measure(setting: Setting, chapter: str, sources: list[bytes], answers: Path) -> dict[str, object]:
    """Return the seconds of each submission in each pass, and the points that each earned."""
    scratch = setting.build / "pytest" / chapter
    scratch.mkdir(parents=True, exist_ok=True)
    passes, scores = [], []
    for _ in range(setting.passes(PASSES)):
        each = []
        for number, source in enumerate(sources):
            path, told = scratch / f"{number}.py", scratch / f"{number}.json"
            path.write_bytes(source)
            told.unlink(missing_ok=True)
            environment = {
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "BENCH_SUBMISSION": str(path),
                "BENCH_CHAPTER": chapter,
                "BENCH_ANSWERS": str(answers),
                "BENCH_SCORE": str(told),
            }
            command = [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "-p",
                "scripts.bench.plain_plugin",
                "-p",
                "no:cacheprovider",
                "-p",
                "no:torchdojo",  # the engine's own plugin
            ]
            command += ["-c", os.devnull, f"--rootdir={ROOT / 'graders' / chapter}", "--import-mode=importlib"]
            with clock() as seconds:
                done = subprocess.run([*command, str(ROOT / "graders" / chapter)], env=environment, capture_output=True)
            if not told.is_file():
                raise PartMissing(f"pytest wrote no score: {done.stdout.decode()[-500:]}{done.stderr.decode()[-500:]}")
            each += seconds
            scores.append(json.loads(told.read_text()))
        passes.append(each)
    return {"passes": passes, "scores": scores[: len(sources)]}
