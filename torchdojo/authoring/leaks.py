"""The leak scan: look for a course's secrets in everything that is given away, also inside what is packed in it."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from torchdojo.authoring.contents import Content, UnreadableError, read_contents
from torchdojo.authoring.secrets import INTEGER, Secrets, is_distinctive_alone, normalize_code, number_runs

PUBLISHED = (("torch", "nn"), ("torch", "optim"), ("torch", "utils/data"), ("torchvision", "."))


@dataclass(frozen=True)
class Leak:
    """A secret that was found. file: its path in the folder; what: the secret, for a person; seen: how it begins"""

    file: str
    what: str
    seen: str

    def __str__(self) -> str:
        return f"{self.file}: {self.what}: {self.seen}"


def find_leaks(folder: Path, secrets: Secrets) -> list[Leak]:
    """Return the secrets found in the files below a folder, each once per file; what cannot be read is one, too."""
    scan = _Scan(secrets)
    found: list[Leak] = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found.append(Leak(name, "a link, which may lead anywhere", str(path.readlink())))
        elif path.is_file():
            found += _leaks_in(name, path.read_bytes(), scan)
    return list({(leak.file, leak.what): leak for leak in reversed(found)}.values())[::-1]


def _leaks_in(name: str, data: bytes, scan: _Scan) -> Iterator[Leak]:
    yield from (Leak(name, what, seen) for what, seen in scan.find(name))
    try:
        for place, content in read_contents(name, data):
            yield from (Leak(place, what, seen) for what, seen in scan.find(content))
    except UnreadableError as error:
        yield Leak(name, "cannot be checked for secrets", str(error))


class _Scan:
    """Secrets, made ready to be found in one pass over a content."""

    def __init__(self, secrets: Secrets) -> None:
        self.secrets = secrets
        self.width = min(map(len, secrets.code), default=1)
        self.heads: dict[str, list[str]] = {}
        for code in secrets.code:
            self.heads.setdefault(code[: self.width], []).append(code)

    def find(self, content: Content) -> Iterator[tuple[str, str]]:
        """Yield (what, how it begins) for each secret in a content."""
        return self._in_text(content) if isinstance(content, str) else self._in_numbers(content)

    def _in_text(self, text: str) -> Iterator[tuple[str, str]]:
        packed = normalize_code(text)
        for place in range(len(packed) - self.width + 1):
            for code in self.heads.get(packed[place : place + self.width], ()):
                if packed.startswith(code, place) and code not in _published():
                    yield self.secrets.code[code], code[:60]
        for seed in INTEGER.findall(text):
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
    """Return the code of torch and torchvision that everybody has who takes the course: it is no secret."""
    texts = []
    for package, folder in PUBLISHED:
        spec = find_spec(package)
        for path in sorted(Path(spec.origin).parent.glob(f"{folder}/**/*.py")) if spec and spec.origin else ():
            texts.append(normalize_code(path.read_text(encoding="utf-8", errors="replace")))
    return "\n".join(texts)
