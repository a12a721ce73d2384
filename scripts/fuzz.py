"""Give the readers of strangers' bytes very many inputs; each must be answered, or refused in words.

    python scripts/fuzz.py [--inputs N] [--jobs N] [--seed N] [TARGET]...      valid inputs, damaged at random
    python scripts/fuzz.py --atheris SECONDS [TARGET]...                       guided by coverage, where atheris runs

Targets: wire (what a worker sends), archive (a student's zip, every file in it read), notebook (its cells, and the
submission taken from them). An input that raises anything else, or takes longer than SLOW seconds, is kept in
build/fuzz/ and fails the run. Nothing is written elsewhere, except with --record, docs/fuzz.json.
"""

from __future__ import annotations

import argparse
import datetime
import io
import json
import multiprocessing
import platform
import random
import struct
import subprocess
import sys
import time
import traceback
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from inspect import isfunction
from pathlib import Path
from types import ModuleType

import torch

from torchdojo.batch import archive, notebook, scratch
from torchdojo.batch.archive import STUDENT, Archive, ArchiveError
from torchdojo.batch.notebook import take
from torchdojo.source.files import SourceError
from torchdojo.wire import Limits, Tagged, WireError, codec, decode, encode

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "build" / "fuzz"
RECORD = ROOT / "docs" / "fuzz.json"
SLOW = 5.0
BATCH = 2000
NUMBERS = [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF, 2**63 - 1, 2**64 - 1]
WORDS = [*rb"""{ } [ ] " \u NaN 1e999 -1 null t0 F64""".split(), b"PK\1\2", b"PK\5\6", b"%"]


@dataclass(frozen=True)
class Target:
    """A reader. read: what it does with bytes; refusals: what it may raise

    seeds: valid inputs, in parts; join: makes an input of parts, whatever was done to them, with lengths that fit
    """

    read: Callable[[bytes], object]
    refusals: tuple[type[Exception], ...]
    seeds: Callable[[], list[list[bytes]]]
    join: Callable[[list[bytes]], bytes] = b"".join


def _messages() -> list[list[bytes]]:
    values = [
        {
            "status": "ok",
            "outputs": [{"y": Tagged(torch.arange(6.0).reshape(2, 3), "cuda:0"), "n": 3}],
            "seconds": 0.25,
        },
        {"status": "error", "type": "ValueError", "message": "ä", "line": 3, "text": "", "made_at": [(1, "x")]},
        [None, True, -(2**200), float("nan"), "text", b"bytes", (1, [2, {"a": torch.ones(2, dtype=torch.bfloat16)}])],
        {str(n): torch.zeros(n % 3, dtype=torch.int64) for n in range(12)},
    ]
    return [_parts(encode(value)) for value in values]


def _parts(message: bytes) -> list[bytes]:
    """Split a message: its first 4 bytes, its header, its tensors' header, their numbers."""
    (header,) = struct.unpack(">I", message[4:8])
    tensors = 8 + header
    (index,) = struct.unpack("<Q", message[tensors : tensors + 8])
    return [message[:4], message[8:tensors], message[tensors + 8 : tensors + 8 + index], message[tensors + 8 + index :]]


def _message(parts: list[bytes]) -> bytes:
    start, header, index, numbers = parts
    return b"".join([start, struct.pack(">I", len(header)), header, struct.pack("<Q", len(index)), index, numbers])


def _zips() -> list[list[bytes]]:
    found = []
    for kind in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w", kind) as file:
            file.writestr("ada/ch1_fundamentals.py", "x = 1\n" * 40)
            file.writestr("ada/deep/er/ü.ipynb", "{}")
            file.writestr("bob/", "")
            file.comment = b"a comment"
        found.append([data.getvalue()])
    return found


def _notebooks() -> list[list[bytes]]:
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Title\n", "text"]},
        {"cell_type": "code", "metadata": {"tags": []}, "source": "import torch\n%time x = 1\n!ls\nNAMES = [1, 2]"},
        {"cell_type": "code", "metadata": {}, "source": ["def double(x):\n", "    return helper(x) * 2\n"]},
        {
            "cell_type": "code",
            "metadata": {},
            "source": "def helper(x):\n    return x\n\nprint(double(3))",
            "outputs": [],
        },
    ]
    texts = [json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": n}) for n in (4, 5)]
    return [[text.encode()] for text in texts]


def read_archive(data: bytes) -> None:
    """List an archive, and read all that is in it."""
    with Archive(data, STUDENT) as opened:
        for entry in opened.entries:
            try:
                opened.read(entry, 2**20)
            except SourceError as refusal:
                _require_words(refusal)


TARGETS = {
    "wire": Target(lambda data: decode(data, Limits(total_bytes=2**20)), (WireError,), _messages, _message),
    "archive": Target(read_archive, (ArchiveError,), _zips),
    "notebook": Target(lambda data: take(data, ("double", "Missing")), (SourceError,), _notebooks),
}


@dataclass
class Tally:
    """What a target did with its inputs. slowest: seconds of one input; memory: MB, the most this process ever held"""

    inputs: int = 0
    answered: int = 0
    refused: int = 0
    slowest: float = 0.0
    memory: float = 0.0
    failures: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Add another process's."""
        self.inputs += other.inputs
        self.answered += other.answered
        self.refused += other.refused
        self.slowest, self.memory = max(self.slowest, other.slowest), max(self.memory, other.memory)
        self.failures += other.failures


def try_one(target: Target, data: bytes, tally: Tally) -> None:
    """Give a target one input, and count what became of it."""
    started = time.perf_counter()
    trouble = ""
    try:
        target.read(data)
        tally.answered += 1
    except target.refusals as refusal:
        tally.refused += 1
        trouble = "" if str(refusal).strip() else "refused without a word"
    except BaseException:
        trouble = traceback.format_exc(limit=-3).strip()
    seconds = time.perf_counter() - started
    tally.inputs += 1
    tally.slowest = max(tally.slowest, seconds)
    if trouble or seconds > SLOW:
        tally.failures.append(f"{trouble or f'it took {seconds:.1f} s'}\n{data!r}"[:5000])


def _require_words(refusal: Exception) -> None:
    assert str(refusal).strip(), "refused without a word"


def damaged(target: Target, draw: random.Random) -> Iterator[bytes]:
    """Yield inputs without end: a valid one with a few of its bytes changed, doubled or gone.

    In half of them that happens to one part alone, and the rest stays valid: so damage gets past the first few bytes.
    """
    seeds = target.seeds()
    while True:
        parts = list(draw.choice(seeds))
        whole = draw.random() < 0.5
        place = draw.randrange(len(parts))
        data = bytearray(target.join(parts) if whole else parts[place])
        others = [target.join(seed) if whole else seed[place] for seed in seeds]
        for _ in range(min(draw.randint(1, 12), draw.randint(1, 12))):
            _damage(data, others, draw)
        if not whole:
            parts[place] = bytes(data)
        yield bytes(data) if whole else target.join(parts)


def _damage(data: bytearray, seeds: list[bytes], draw: random.Random) -> None:
    start = draw.randrange(len(data) + 1)
    end = min(len(data), start + draw.choice((1, 1, 2, 4, 8, 64)))
    kind = draw.randrange(7)
    if kind == 0 and start < len(data):
        data[start] ^= 1 << draw.randrange(8)
    elif kind == 1:
        data[start:end] = draw.randbytes(end - start)
    elif kind == 2:
        data[start:end] = draw.choice(NUMBERS).to_bytes(8, draw.choice(("little", "big")))[: draw.choice((1, 2, 4, 8))]
    elif kind == 3:
        del data[start:end]
    elif kind == 4:
        data[start:start] = data[start:end] * draw.choice((1, 2, 30))
    elif kind == 5:
        data[start:start] = draw.choice(WORDS) * draw.choice((1, 1, 1, 200))
    else:
        other = draw.choice(seeds)
        data[start:] = other[draw.randrange(len(other) + 1) :]


def fuzz(work: tuple[str, int, int]) -> Tally:
    """Give a target so many inputs, drawn from a seed."""
    import resource  # not on Windows

    name, inputs, seed = work
    target, tally = TARGETS[name], Tally()
    torch.set_num_threads(1)
    inputs_of = damaged(target, random.Random(seed))
    for _ in range(inputs):
        try_one(target, next(inputs_of), tally)
    tally.memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return tally


def fuzz_all(names: list[str], inputs: int, jobs: int, seed: int) -> dict[str, Tally]:
    """Share the inputs among targets and processes; return each target's tally."""
    each = -(-inputs // len(names))
    work = [
        (name, min(BATCH, each - start), hash((seed, place, start)))
        for place, name in enumerate(names)
        for start in range(0, each, BATCH)
    ]
    tallies = {name: Tally() for name in names}
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        for (name, _, _), tally in zip(work, pool.imap(fuzz, work), strict=True):
            tallies[name].add(tally)
    return tallies


def guided(name: str, seconds: int) -> None:
    """Fuzz one target in this process with atheris, which ends it: exit code 0 if nothing was found."""
    import atheris

    target, tally = TARGETS[name], Tally()
    for function in _functions_of(codec, archive, notebook, scratch):
        atheris.instrument_func(function)

    def one(data: bytes) -> None:
        try_one(target, data, tally)
        if tally.failures:
            raise RuntimeError(tally.failures[0])

    folder = KEPT / f"{name}-corpus"
    folder.mkdir(parents=True, exist_ok=True)
    for place, seed in enumerate(target.seeds()):
        (folder / f"seed{place}").write_bytes(target.join(seed))
    options = [f"-max_total_time={seconds}", f"-artifact_prefix={KEPT}/", "-print_final_stats=1", str(folder)]
    atheris.Setup([sys.argv[0], *options], one)
    atheris.Fuzz()


def _functions_of(*modules: ModuleType) -> Iterator[Callable[..., object]]:
    """Yield the functions and methods that these modules define."""
    for module in modules:
        holders = [module, *(value for value in vars(module).values() if isinstance(value, type))]
        for holder in holders:
            if getattr(holder, "__module__", module.__name__) == module.__name__:
                yield from (f for f in vars(holder).values() if isfunction(f) and f.__module__ == module.__name__)


def main() -> int:
    """Run what the command line asks for; 1 if an input was neither answered nor refused."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", choices=[[], *TARGETS], help="all of them if none is named")
    parser.add_argument("--inputs", type=int, default=1_200_000, help="over all targets")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--record", action="store_true", help="write docs/fuzz.json")
    parser.add_argument("--atheris", type=int, metavar="SECONDS", help="of each target")
    parser.add_argument("--in-this-process", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    names = options.targets or list(TARGETS)
    KEPT.mkdir(parents=True, exist_ok=True)
    if options.atheris and options.in_this_process:
        guided(names[0], options.atheris)
    if options.atheris:
        command = [sys.executable, __file__, "--in-this-process", "--atheris", str(options.atheris)]
        return max(subprocess.run([*command, name], cwd=ROOT).returncode for name in names)
    started = time.monotonic()
    tallies = fuzz_all(names, options.inputs, options.jobs, options.seed)
    report(tallies, time.monotonic() - started, options)
    return 1 if any(tally.failures for tally in tallies.values()) else 0


def report(tallies: dict[str, Tally], seconds: float, options: argparse.Namespace) -> None:
    """Print the tallies, keep the failures, and record the run if that is asked for."""
    for name, tally in tallies.items():
        words = f"{tally.answered:,} answered, {tally.refused:,} refused, {len(tally.failures)} wrong"
        spent = f"slowest {1000 * tally.slowest:.0f} ms, at most {tally.memory:.0f} MB"
        print(f" {name:<9} {tally.inputs:,} inputs: {words}; {spent}")
        for place, failure in enumerate(tally.failures[:20]):
            (KEPT / f"{name}-{place}.txt").write_text(failure, encoding="utf-8")
            print(f"   {KEPT / f'{name}-{place}.txt'}: {failure.splitlines()[-2][:200]}")
    if options.record:
        table = {
            "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
            "versions": {"python": platform.python_version(), "torch": torch.__version__},
            "seed": options.seed,
            "seconds": round(seconds),
            "inputs": sum(tally.inputs for tally in tallies.values()),
            "targets": {name: asdict(tally) for name, tally in tallies.items()},
        }
        RECORD.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
