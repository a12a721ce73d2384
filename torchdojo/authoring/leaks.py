"""The leak scan: search released files, and the files packed in them, for a course's secrets."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from torchdojo.authoring.contents import Content, UnreadableError, read_contents
from torchdojo.authoring.secrets import LONG_INTEGER, Secrets, is_distinctive_alone, normalize_code, number_runs

PUBLIC_CODE = (("torch", "nn"), ("torch", "optim"), ("torch", "utils/data"), ("torchvision", "."))


@dataclass(frozen=True)
class Leak:
    """A secret in a released file. file: its path in the folder; what: which secret it is; excerpt: how it begins"""

    file: str
    what: str
    excerpt: str

    def __str__(self) -> str:
        return f"{self.file}: {self.what}: {self.excerpt}"


def find_leaks(folder: Path, secrets: Secrets) -> list[Leak]:
    """Return the secrets in the files below a folder, each once per file; an unreadable file counts as one."""
    scanner = _Scanner(secrets)
    found: list[Leak] = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found.append(Leak(name, "a link, which may point anywhere", str(path.readlink())))
        elif path.is_file():
            found += _leaks_in(name, path.read_bytes(), scanner)
    return list({(leak.file, leak.what): leak for leak in reversed(found)}.values())[::-1]


def _leaks_in(name: str, data: bytes, scanner: _Scanner) -> Iterator[Leak]:
    yield from (Leak(name, what, excerpt) for what, excerpt in scanner.find(name))
    try:
        for location, content in read_contents(name, data):
            yield from (Leak(location, what, excerpt) for what, excerpt in scanner.find(content))
    except UnreadableError as error:
        yield Leak(name, "cannot be checked for secrets", str(error))


class _Scanner:
    """Finds secrets in one pass over a text or a row of numbers."""

    def __init__(self, secrets: Secrets) -> None:
        self.secrets = secrets
        self.width = min(map(len, secrets.code), default=1)
        self.heads: dict[str, list[str]] = {}
        for code in secrets.code:
            self.heads.setdefault(code[: self.width], []).append(code)

    def find(self, content: Content) -> Iterator[tuple[str, str]]:
        """Yield (which secret it is, how it begins) for each secret in a content."""
        return self._in_text(content) if isinstance(content, str) else self._in_numbers(content)

    def _in_text(self, text: str) -> Iterator[tuple[str, str]]:
        packed = normalize_code(text)
        for start in range(len(packed) - self.width + 1):
            for code in self.heads.get(packed[start : start + self.width], ()):
                if packed.startswith(code, start) and code not in _published():
                    yield self.secrets.code[code], code[:60]
        for seed in LONG_INTEGER.findall(text):
            if seed in self.secrets.seeds:
                yield self.secrets.seeds[seed], seed

    def _in_numbers(self, numbers: list[float]) -> Iterator[tuple[str, str]]:
        for number in numbers:
            if number in self.secrets.numbers and is_distinctive_alone(number):
                yield self.secrets.numbers[number], str(number)
        for row in number_runs(numbers) if self.secrets.rows else ():
            if row in self.secrets.rows:
                yield self.secrets.rows[row], ", ".join(row)


@functools.cache
def _published() -> str:
    """Return the code of torch and torchvision, which is not secret: every learner has it installed."""
    texts = []
    for package, folder in PUBLIC_CODE:
        spec = find_spec(package)
        for path in sorted(Path(spec.origin).parent.glob(f"{folder}/**/*.py")) if spec and spec.origin else ():
            texts.append(normalize_code(path.read_text(encoding="utf-8", errors="replace")))
    return "\n".join(texts)
