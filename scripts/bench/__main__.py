"""Measure, and write docs/performance.md, its .json files and its picture.

    python -m scripts.bench                      everything that is not measured yet by this very code
    python -m scripts.bench --again growth       the parts whose names contain "growth", anew
    python -m scripts.bench --quick              once through everything, as little as possible: only to see it run
    python -m scripts.bench --write              measure nothing, write the documents from what there is

Each part runs in a process of its own and is kept in build/bench/parts/ the moment it ends, so a run that was stopped
goes on where it was. Measure on a quiet machine.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from scripts.bench.document import write_documents
from scripts.bench.measure import BUILD, ROOT, Setting
from scripts.bench.parts import PARTS, kept, measure_part


def main() -> int:
    """Run what the command line asks for; 1 if a part ended in an error."""
    parser = argparse.ArgumentParser(prog="python -m scripts.bench", description="Measure what grading costs.")
    parser.add_argument("parts", nargs="*", help=f"parts by name, or what their names contain: {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="as little as shows that everything runs")
    parser.add_argument("--again", action="store_true", help="measure what was measured already")
    parser.add_argument("--write", action="store_true", help="measure nothing, only write the documents")
    parser.add_argument("--out", type=Path, help="the folder of the documents (docs; with --quick build/bench/quick)")
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
    write_documents({name: part for name in PARTS if (part := kept(setting, name))}, out)
    print(f" {out / 'performance.md'} · {out / 'performance.json'}")
    return 1 if failed else 0


def _run(setting: Setting, name: str, options: argparse.Namespace) -> bool:
    """Measure a part in a process of its own unless it is known; return whether it is known now."""
    known = kept(setting, name)
    if known and not options.again and "missing" not in known:
        print(f" {name:<34} known", flush=True)
        return True
    print(f" {name:<34} ", end="", flush=True)
    command = [sys.executable, "-m", "scripts.bench", "--part", name, *(["--quick"] if options.quick else [])]
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True)
    part = kept(setting, name) if done.returncode == 0 else None
    if part is None:
        print(f"ended with {done.returncode}: {(done.stderr or done.stdout)[-1500:]}", flush=True)
        return False
    print(f"{part['took']:6.0f} s   {part.get('missing', '')}", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main())
