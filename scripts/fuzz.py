"""Fuzz the parsers of untrusted bytes: each input must be parsed, or refused with a message.

    python scripts/fuzz.py [--inputs N] [--jobs N] [--seed N] [TARGET]...      valid inputs, damaged at random
    python scripts/fuzz.py --atheris SECONDS [TARGET]...                       guided by coverage, where atheris runs

Targets: wire (a worker's message), archive and tar (a student's, every file in it read), notebook (its cells, and the
submission extracted from them). An input that raises another exception, or takes longer than SLOW_SECONDS, is saved in
build/fuzz/ and fails the run. --record also writes docs/fuzz.json.
"""

from __future__ import annotations

import argparse
import bz2
import datetime
import gzip
import io
import json
import lzma
import multiprocessing
import platform
import random
import struct
import subprocess
import sys
import tarfile
import time
import traceback
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from inspect import isfunction
from pathlib import Path
from types import ModuleType

import torch

from torchdojo.archives import STUDENT_LIMITS, ArchiveError, archive, open_archive, opening, tar, zips
from torchdojo.notebooks import cells, extraction
from torchdojo.notebooks.extraction import extract_submission
from torchdojo.source.files import SourceError
from torchdojo.wire import SentTensor, WireError, WireLimits, codec, decode, encode

ROOT = Path(__file__).resolve().parent.parent
FAILURES_FOLDER = ROOT / "build" / "fuzz"
RECORD_FILE = ROOT / "docs" / "fuzz.json"
SLOW_SECONDS = 5.0
INPUTS_PER_JOB = 2000
NUMBERS = [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF, 2**63 - 1, 2**64 - 1]
WORDS = [*rb"""{ } [ ] " \u NaN 1e999 -1 null t0 F64""".split(), b"PK\1\2", b"PK\5\6", b"%"]


@dataclass(frozen=True)
class FuzzTarget:
    """A parser to fuzz. read: parses bytes; refusals: the exceptions it may raise

    seeds: returns valid inputs, in parts; join: makes an input of parts, damaged or not, with lengths that fit them
    """

    read: Callable[[bytes], object]
    refusals: tuple[type[Exception], ...]
    seeds: Callable[[], list[list[bytes]]]
    join: Callable[[list[bytes]], bytes] = b"".join


def _messages() -> list[list[bytes]]:
    values = [
        {
            "status": "ok",
            "outputs": [{"y": SentTensor(torch.arange(6.0).reshape(2, 3), "cuda:0"), "n": 3}],
            "seconds": 0.25,
        },
        {"status": "error", "type": "ValueError", "message": "ä", "line": 3, "text": "", "made_at": [(1, "x")]},
        [None, True, -(2**200), float("nan"), "text", b"bytes", (1, [2, {"a": torch.ones(2, dtype=torch.bfloat16)}])],
        {str(n): torch.zeros(n % 3, dtype=torch.int64) for n in range(12)},
    ]
    return [_parts(encode(value)) for value in values]


def _parts(message: bytes) -> list[bytes]:
    """Split a message into its first 4 bytes, its header, its tensors' header and their data."""
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


def _tars() -> list[list[bytes]]:
    found = []
    for kind in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        data = io.BytesIO()
        with tarfile.open(fileobj=data, mode="w", format=kind) as file:
            for name, content in (("ada/ch1_fundamentals.py", b"x = 1\n" * 40), ("ada/ü" + "long" * 20, b"{}")):
                info = tarfile.TarInfo(name)
                info.size = len(content)
                file.addfile(info, io.BytesIO(content))
        found += [[data.getvalue()]] * 3
    tar = found[0][0]
    return [*found, [gzip.compress(tar)], [bz2.compress(tar)], [lzma.compress(tar)], [gzip.compress(b"x = 1\n")]]


def _checked_tar(parts: list[bytes]) -> bytes:
    """Make a tar, damaged or not, with the checksum of its first header right, so that the damage gets past it."""
    data = bytearray(b"".join(parts))
    if len(data) >= 512 and not data.startswith((b"\x1f\x8b", b"BZh", b"\xfd7z")):
        data[148:156] = b" " * 8
        data[148:156] = b"%06o\0 " % sum(data[:512])
    return bytes(data)


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
    """List an archive and read every file in it."""
    with open_archive(data, "work.zip", STUDENT_LIMITS) as opened:
        for member in opened.members:
            try:
                opened.read(member, 2**20)
            except SourceError as refusal:
                _require_message(refusal)


TARGETS = {
    "wire": FuzzTarget(lambda data: decode(data, WireLimits(total_bytes=2**20)), (WireError,), _messages, _message),
    "archive": FuzzTarget(read_archive, (ArchiveError,), _zips),
    "tar": FuzzTarget(read_archive, (ArchiveError,), _tars, _checked_tar),
    "notebook": FuzzTarget(lambda data: extract_submission(data, ("double", "Missing")), (SourceError,), _notebooks),
}


@dataclass
class FuzzCounts:
    """What a target did with its inputs. slowest: seconds for one input; memory: the peak of the process, in MB"""

    inputs: int = 0
    answered: int = 0
    refused: int = 0
    slowest: float = 0.0
    memory: float = 0.0
    failures: list[str] = field(default_factory=list)

    def add(self, other: FuzzCounts) -> None:
        """Add the counts of another process."""
        self.inputs += other.inputs
        self.answered += other.answered
        self.refused += other.refused
        self.slowest, self.memory = max(self.slowest, other.slowest), max(self.memory, other.memory)
        self.failures += other.failures


def run_input(target: FuzzTarget, data: bytes, counts: FuzzCounts) -> None:
    """Run a target on one input and count the outcome."""
    started = time.perf_counter()
    problem = ""
    try:
        target.read(data)
        counts.answered += 1
    except target.refusals as refusal:
        counts.refused += 1
        problem = "" if str(refusal).strip() else "refused without a message"
    except BaseException:
        problem = traceback.format_exc(limit=-3).strip()
    seconds = time.perf_counter() - started
    counts.inputs += 1
    counts.slowest = max(counts.slowest, seconds)
    if problem or seconds > SLOW_SECONDS:
        counts.failures.append(f"{problem or f'it took {seconds:.1f} s'}\n{data!r}"[:5000])


def _require_message(refusal: Exception) -> None:
    assert str(refusal).strip(), "refused without a message"


def damaged_inputs(target: FuzzTarget, rng: random.Random) -> Iterator[bytes]:
    """Yield inputs without end: valid ones with a few bytes changed, repeated or removed.

    Half of them are damaged in one part only, so that the damage gets past the checks of the first few bytes.
    """
    seeds = target.seeds()
    while True:
        parts = list(rng.choice(seeds))
        whole = rng.random() < 0.5
        place = rng.randrange(len(parts))
        data = bytearray(target.join(parts) if whole else parts[place])
        others = [target.join(seed) if whole else seed[place] for seed in seeds]
        for _ in range(min(rng.randint(1, 12), rng.randint(1, 12))):
            _damage(data, others, rng)
        if not whole:
            parts[place] = bytes(data)
        yield bytes(data) if whole else target.join(parts)


def _damage(data: bytearray, seeds: list[bytes], rng: random.Random) -> None:
    start = rng.randrange(len(data) + 1)
    end = min(len(data), start + rng.choice((1, 1, 2, 4, 8, 64)))
    kind = rng.randrange(7)
    if kind == 0 and start < len(data):
        data[start] ^= 1 << rng.randrange(8)
    elif kind == 1:
        data[start:end] = rng.randbytes(end - start)
    elif kind == 2:
        data[start:end] = rng.choice(NUMBERS).to_bytes(8, rng.choice(("little", "big")))[: rng.choice((1, 2, 4, 8))]
    elif kind == 3:
        del data[start:end]
    elif kind == 4:
        data[start:start] = data[start:end] * rng.choice((1, 2, 30))
    elif kind == 5:
        data[start:start] = rng.choice(WORDS) * rng.choice((1, 1, 1, 200))
    else:
        other = rng.choice(seeds)
        data[start:] = other[rng.randrange(len(other) + 1) :]


def fuzz(work: tuple[str, int, int]) -> FuzzCounts:
    """Run a target on a number of inputs drawn from a seed."""
    import resource  # not on Windows

    name, inputs, seed = work
    target, counts = TARGETS[name], FuzzCounts()
    torch.set_num_threads(1)
    inputs_of = damaged_inputs(target, random.Random(seed))
    for _ in range(inputs):
        run_input(target, next(inputs_of), counts)
    counts.memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return counts


def fuzz_all(names: list[str], inputs: int, jobs: int, seed: int) -> dict[str, FuzzCounts]:
    """Run all targets in several processes, with equal shares of the inputs; return the counts per target."""
    each = -(-inputs // len(names))
    work = [
        (name, min(INPUTS_PER_JOB, each - start), hash((seed, place, start)))
        for place, name in enumerate(names)
        for start in range(0, each, INPUTS_PER_JOB)
    ]
    all_counts = {name: FuzzCounts() for name in names}
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        for (name, _, _), counts in zip(work, pool.imap(fuzz, work), strict=True):
            all_counts[name].add(counts)
    return all_counts


def fuzz_with_atheris(name: str, seconds: int) -> None:
    """Fuzz one target with atheris, which ends this process: exit code 0 if nothing was found."""
    import atheris

    target, counts = TARGETS[name], FuzzCounts()
    for function in _functions(codec, archive, opening, zips, tar, cells, extraction):
        atheris.instrument_func(function)

    def one(data: bytes) -> None:
        run_input(target, data, counts)
        if counts.failures:
            raise RuntimeError(counts.failures[0])

    folder = FAILURES_FOLDER / f"{name}-corpus"
    folder.mkdir(parents=True, exist_ok=True)
    for place, seed in enumerate(target.seeds()):
        (folder / f"seed{place}").write_bytes(target.join(seed))
    options = [
        f"-max_total_time={seconds}",
        f"-artifact_prefix={FAILURES_FOLDER}/",
        "-print_final_stats=1",
        str(folder),
    ]
    atheris.Setup([sys.argv[0], *options], one)
    atheris.Fuzz()


def _functions(*modules: ModuleType) -> Iterator[Callable[..., object]]:
    """Yield the functions and methods that modules define."""
    for module in modules:
        holders = [module, *(value for value in vars(module).values() if isinstance(value, type))]
        for holder in holders:
            if getattr(holder, "__module__", module.__name__) == module.__name__:
                yield from (f for f in vars(holder).values() if isfunction(f) and f.__module__ == module.__name__)


def main() -> int:
    """Run what the command line asks for; return 1 if an input was neither parsed nor refused."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", choices=[[], *TARGETS], help="default: all of them")
    parser.add_argument("--inputs", type=int, default=1_200_000, help="in total, over all targets")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--record", action="store_true", help="write docs/fuzz.json")
    parser.add_argument("--atheris", type=int, metavar="SECONDS", help="per target")
    parser.add_argument("--in-this-process", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    names = options.targets or list(TARGETS)
    FAILURES_FOLDER.mkdir(parents=True, exist_ok=True)
    if options.atheris and options.in_this_process:
        fuzz_with_atheris(names[0], options.atheris)
    if options.atheris:
        command = [sys.executable, __file__, "--in-this-process", "--atheris", str(options.atheris)]
        return max(subprocess.run([*command, name], cwd=ROOT).returncode for name in names)
    started = time.monotonic()
    all_counts = fuzz_all(names, options.inputs, options.jobs, options.seed)
    report(all_counts, time.monotonic() - started, options)
    return 1 if any(counts.failures for counts in all_counts.values()) else 0


def report(all_counts: dict[str, FuzzCounts], seconds: float, options: argparse.Namespace) -> None:
    """Print the counts, save the failures, and write docs/fuzz.json with --record."""
    for name, counts in all_counts.items():
        words = f"{counts.answered:,} parsed, {counts.refused:,} refused, {len(counts.failures)} failed"
        spent = f"slowest {1000 * counts.slowest:.0f} ms, at most {counts.memory:.0f} MB"
        print(f" {name:<9} {counts.inputs:,} inputs: {words}; {spent}")
        for place, failure in enumerate(counts.failures[:20]):
            (FAILURES_FOLDER / f"{name}-{place}.txt").write_text(failure, encoding="utf-8")
            print(f"   {FAILURES_FOLDER / f'{name}-{place}.txt'}: {failure.splitlines()[-2][:200]}")
    if options.record:
        table = {
            "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
            "versions": {"python": platform.python_version(), "torch": torch.__version__},
            "seed": options.seed,
            "seconds": round(seconds),
            "inputs": sum(counts.inputs for counts in all_counts.values()),
            "targets": {name: asdict(counts) for name, counts in all_counts.items()},
        }
        RECORD_FILE.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
