"""Run the benchmark and write docs/performance.md, its .json files and its figure.

    python -m scripts.bench                      measure every part that this code has not measured yet
    python -m scripts.bench --again growth       measure the parts whose names contain "growth" again
    python -m scripts.bench --quick              run every part briefly, only to see that it works
    python -m scripts.bench --write              measure nothing, write the documents from the saved parts

Each part runs in a process of its own and is saved in build/bench/parts/ as soon as it ends, so an interrupted run
resumes where it stopped. Measure on a quiet machine.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from scripts.bench.document import write_documents
from scripts.bench.measure import BUILD, ROOT, Setting
from scripts.bench.parts import PARTS, load_part, measure_part


def main() -> int:
    """Run what the command line asks for; return 1 if a part failed."""
    parser = argparse.ArgumentParser(prog="python -m scripts.bench", description="Measure what grading costs.")
    parser.add_argument("parts", nargs="*", help=f"parts whose names contain these words: {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="measure only enough to see that everything runs")
    parser.add_argument("--again", action="store_true", help="measure parts again that are saved")
    parser.add_argument("--write", action="store_true", help="write the documents from the saved parts")
    parser.add_argument(
        "--out", type=Path, help="where to write the documents (docs, or build/bench/quick with --quick)"
    )
    parser.add_argument("--part", help=argparse.SUPPRESS)
    options = parser.parse_args()
    setting = Setting(options.quick, BUILD / "quick" if options.quick else BUILD)
    if options.part:
        measure_part(setting, options.part)
        return 0
    chosen = [name for name in PARTS if not options.parts or any(word in name for word in options.parts)]
    if not chosen:
        parser.error(f"no part has a name with {' or '.join(options.parts)}")
    failed = [] if options.write else [name for name in chosen if not _run(setting, name, options)]
    out = options.out or (setting.build / "docs" if options.quick else ROOT / "docs")
    write_documents({name: part for name in PARTS if (part := load_part(setting, name))}, out)
    print(f" {out / 'performance.md'} · {out / 'performance.json'}")
    return 1 if failed else 0


def _run(setting: Setting, name: str, options: argparse.Namespace) -> bool:
    """Measure a part in a process of its own unless it is saved; return whether it is saved now."""
    known = load_part(setting, name)
    if known and not options.again and "missing" not in known:
        print(f" {name:<34} saved", flush=True)
        return True
    print(f" {name:<34} ", end="", flush=True)
    command = [sys.executable, "-m", "scripts.bench", "--part", name, *(["--quick"] if options.quick else [])]
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True)
    part = load_part(setting, name) if done.returncode == 0 else None
    if part is None:
        print(f"failed with exit code {done.returncode}: {(done.stderr or done.stdout)[-1500:]}", flush=True)
        return False
    print(f"{part['took']:6.0f} s   {part.get('missing', '')}", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main())
