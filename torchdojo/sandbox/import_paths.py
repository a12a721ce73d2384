"""Where this interpreter imports from, and what of that a sandbox may show to submissions.

Installed packages are shown: the interpreter, the virtual environment, and folders named site-packages or dist-packages
that are elsewhere. Of any other folder on `sys.path` (from `PYTHONPATH`, a .pth file or an editable install), which may
hold anything, a submission sees single packages: those with installation records there, what grading provides, and
what the course's probes and reference import. A course's graders, reference and exercises, and a home folder, are
never shown, whatever is on `sys.path`.
"""

from __future__ import annotations

import ast
import contextlib
import os
import shlex
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import PathDistribution
from pathlib import Path, PurePosixPath

import torchdojo
from torchdojo.course import CourseError, find_root
from torchdojo.source.imports import PROVIDED

PACKAGES = PurePosixPath("/packages")  # inside: single packages and modules, under the names they are imported by
SITES = PurePosixPath("/site")  # inside: folders of installed packages, numbered
ENVIRONMENT = PurePosixPath("/environment")  # inside: the virtual environment
INTERPRETER = PurePosixPath("/interpreter")  # inside: an interpreter whose own path is taken
TAKEN = ("/tmp", "/dev", "/proc", "/graders", "/engine", str(PACKAGES), str(SITES), str(ENVIRONMENT), str(INTERPRETER))
USR = Path("/usr")
# Below /usr, and nothing that Python needs: sources, often a container's working folder, and nbgrader's exchange.
NOT_INSTALLED = ("/usr/src", "/usr/local/src", "/usr/local/share/nbgrader", "/usr/share/nbgrader")
ANSWERS = ("graders", "reference", "exercises")  # of a course
BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")  # the fields of a node that hold statements
HOW_TO_INSTALL = f"install it for {sys.executable}, or put its folder on PYTHONPATH"
INSTALLED = {"site-packages", "dist-packages"}


@dataclass(frozen=True)
class ImportProblem:
    """An import of a probes file that fails in the sandbox. path, line: where it is; text: why, and a remedy"""

    path: Path
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}, line {self.line}: {self.text}"


@dataclass(frozen=True)
class Shown:
    """A file or folder that the sandbox shows, at a path inside, and the folders in it that are made empty there."""

    source: Path
    target: PurePosixPath
    masked: tuple[PurePosixPath, ...] = ()

    def inside(self, real: Path) -> PurePosixPath | None:
        """Return the path inside of a path without links; None if it is not shown here."""
        if not real.is_relative_to(self.source):
            return None
        found = self.target / real.relative_to(self.source)
        return None if any(found.is_relative_to(mask) for mask in self.masked) else found


@dataclass
class ImportPaths:
    """What the sandbox shows of this interpreter.

    shown: files and folders, later ones on top of earlier ones; python: the interpreter's path inside; path: `sys.path`
    inside; problems: what probes import in vain
    """

    shown: list[Shown] = field(default_factory=list)
    python: str = ""
    path: list[str] = field(default_factory=list)
    problems: list[ImportProblem] = field(default_factory=list)

    def inside(self, path: Path) -> PurePosixPath | None:
        """Return the path inside of a file or folder here; None if it is not shown."""
        real = path.resolve()
        places = (shown.inside(real) for shown in reversed(self.shown))
        return next((place for place in places if place is not None), None)


def find_import_paths(readable: Sequence[Path]) -> ImportPaths:
    """Return what to show for these probes files; OSError, with advice, if what Python needs cannot be shown."""
    return _Search(readable).run()


class _Search:
    """Collects what to show. roots: folders with a course; private: folders that nothing shown may hold"""

    def __init__(self, readable: Sequence[Path]) -> None:
        self.readable = readable
        self.courses = _course_roots(readable)
        self.roots = sorted(self.courses | _course_roots([Path.cwd(), Path(torchdojo.__file__)]))
        self.answers = [(root / name).resolve() for root in self.roots for name in ANSWERS]
        self.private = [*_homes(), *self.roots]
        self.found = ImportPaths()
        first = 0 if sys.flags.safe_path else 1  # the script's folder, or the current one
        self.search = [entry for entry in sys.path[first:] if os.path.isabs(entry)]

    def run(self) -> ImportPaths:
        self._show(USR, PurePosixPath(USR), [Path(name) for name in NOT_INSTALLED])
        self._show_prefix(Path(sys.base_prefix).resolve(), INTERPRETER, keep=True)
        if sys.prefix != sys.base_prefix:
            self._show_prefix(Path(sys.prefix).resolve(), ENVIRONMENT)
        self.found.python = str(self._interpreter())
        for entry in self.search:
            self._show_entry(Path(entry))
        for name in sorted({*PROVIDED, "safetensors"}):
            self._show_module(name)
        self._show_imports()
        self._require_readable()
        self.found.path.insert(0, str(PACKAGES))
        return self.found

    def _interpreter(self) -> PurePosixPath:
        """Return the path inside of the interpreter itself, as a virtual environment's links may lead elsewhere."""
        base = getattr(sys, "_base_executable", None) or sys.executable
        for path in (Path(base).resolve(), Path(sys.executable).resolve()):
            inside = self.found.inside(path)
            if path.is_file() and inside is not None and not inside.is_relative_to(ENVIRONMENT):
                return inside
        raise OSError(f"the interpreter {base} is not in {sys.base_prefix}, so submissions cannot start it")

    def _show_prefix(self, prefix: Path, target: PurePosixPath, keep: bool = False) -> None:
        """Show an interpreter or a virtual environment; only what Python needs of it, if there is anything else in it.

        keep: whether it keeps its path, if that can be
        """
        if self.found.inside(prefix) is not None:
            return
        if keep and not any(prefix.is_relative_to(folder) for folder in TAKEN):
            target = PurePosixPath(prefix)
        if not any(_holds(prefix, path) for path in (*self.private, Path.cwd())):
            self._show(prefix, target)
            return
        python = f"python{sys.version_info.major}.{sys.version_info.minor}"
        parts = [
            *prefix.glob(f"lib*/{python}"),
            *prefix.glob("lib/*.so*"),
            *([prefix / "bin" / python] if keep else []),
        ]
        for part in parts:
            if part.exists() and not part.parent.is_symlink():
                self._show(part, target / part.relative_to(prefix))

    def _show_entry(self, entry: Path) -> None:
        """Show what an entry of `sys.path` has for submissions."""
        if not os.access(entry, os.R_OK):
            return
        inside = self.found.inside(entry)
        if inside is None and any(_holds(folder, entry) for folder in self.answers):
            return
        if inside is None and self._is_installed(entry):
            inside = SITES / str(len(self.found.shown)) / entry.name
            self._show(entry, inside)
        if inside is not None:
            self.found.path.append(str(inside))
            self._show_linked(entry)
        elif entry.is_dir():
            self._show_records(entry)

    def _show_linked(self, folder: Path) -> None:
        """Show what the files of installed packages are links to, as in an environment that uv made of its cache."""
        links = [path for path in sorted(folder.glob("*.dist-info/METADATA")) if path.is_symlink()]
        for place in {path.resolve().parent.parent for path in links}:
            is_taken = any(place.is_relative_to(name) for name in TAKEN)
            if not is_taken and self.found.inside(place) is None and not self._is_private(place):
                self._show(place, PurePosixPath(place))

    def _is_installed(self, entry: Path) -> bool:
        """Whether a folder is of installed packages only, by its name; or an archive of modules."""
        if entry.is_file():
            return entry.suffix in (".egg", ".zip")
        named = entry.name in INSTALLED or entry.resolve().name in INSTALLED
        return named and entry.resolve() not in self.roots and not any(_holds(entry, home) for home in _homes())

    def _show_records(self, folder: Path) -> None:
        """Show what was installed in a folder that may hold other things, such as by `pip install --target`."""
        for information in sorted(folder.glob("*.dist-info")):
            for name in sorted(
                {file.parts[0] for file in PathDistribution(information).files or []} - {"..", "__pycache__"}
            ):
                if (folder / name).exists() and not self._is_private(folder / name):
                    self._show(folder / name, PACKAGES / name)

    def _show_imports(self) -> None:
        """Show what the course's probes and reference import, and what that imports."""
        probes = [path for path in self.readable if path.is_file()]
        texts = [*probes, *(path for root in self.courses for path in sorted((root / "reference").glob("*.py")))]
        seen: set[str] = set()
        for path in texts:  # which grows
            for name, line, needed in _imports(path):
                shown, is_wanted = name in seen, path in probes and needed
                seen.add(name)
                if not shown or is_wanted:
                    reason, more = self._show_module(name)
                    texts += more
                    if reason and is_wanted:
                        self.found.problems.append(ImportProblem(path, line, reason))

    def _show_module(self, name: str) -> tuple[str, list[Path]]:
        """Show a module that is imported. Return why not, or "", and the files of a package that is shown by itself."""
        top = name.partition(".")[0]
        if top in sys.stdlib_module_names or top == torchdojo.__name__:
            return "", []
        spec, steps = self._find(top, None), name.split(".")
        if spec is None:
            return f"there is no module named {top!r}; {HOW_TO_INSTALL}", []
        depth = 1
        while spec.origin is None and depth < len(steps):  # a namespace, whose parts may be anywhere
            below = self._find(".".join(steps[: depth + 1]), list(spec.submodule_search_locations or []))
            if below is None:
                return "", []  # a name that is imported from it
            spec, depth = below, depth + 1
        if spec.origin is None or not os.path.isabs(spec.origin):
            return "", []
        folders = spec.submodule_search_locations
        place = Path(next(iter(folders))) if folders else Path(spec.origin)
        if self.found.inside(place) is not None:
            return "", []
        if self._is_private(place):
            reason = f"{name} is imported from {place}, which submissions must not see, as it holds a course's answers"
            return f"{reason} or is in a folder with them; move it to a folder of its own", []
        target = PACKAGES.joinpath(*steps[:depth])
        if not folders:
            target = target.with_name(target.name + "".join(place.suffixes))
        self._show(place, target)
        return "", sorted(place.rglob("*.py")) if folders and top not in PROVIDED else []

    def _find(self, name: str, path: list[str] | None) -> ModuleSpec | None:
        """Find a module as an import does, but not in the current folder."""
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            if finder is PathFinder:
                spec = PathFinder.find_spec(name, self.search if path is None else path)
            else:
                spec = find(name, path) if find is not None else None
            if spec is not None:
                return spec
        return None

    def _is_private(self, path: Path) -> bool:
        return any(_holds(folder, path) for folder in self.answers) or any(_holds(path, one) for one in self.private)

    def _show(self, source: Path, target: PurePosixPath, masked: Iterable[Path] = ()) -> None:
        """Show a file or folder, except for courses in it, and these folders; a no-op if the path inside is taken."""
        if any(target == shown.target for shown in self.found.shown):
            return
        source = source.resolve()
        courses = [root for root in self.roots if root != source] + self.answers
        inner: list[Path] = []
        for path in (*masked, *courses):
            is_there = path.is_relative_to(source) and path.is_dir()
            if is_there and not any(path.is_relative_to(other) for other in inner):
                inner.append(path)
        self.found.shown.append(Shown(source, target, tuple(target / path.relative_to(source) for path in inner)))

    def _require_readable(self) -> None:
        """Raise OSError, with advice, unless submissions, which are `nobody` if root starts them, can read Python."""
        if os.geteuid() != 0:
            return
        packages = [self._find(name, None) for name in (*PROVIDED, "safetensors", "os")]
        files = [
            Path(spec.origin).resolve() for spec in packages if spec and spec.origin and os.path.isabs(spec.origin)
        ]
        for shown in self.found.shown[1:]:
            below = [file for file in files if file.is_relative_to(shown.source)]
            if below or not shown.target.is_relative_to(SITES):
                _require_readable_by_nobody(shown.source, below)


def _require_readable_by_nobody(source: Path, files: Iterable[Path]) -> None:
    """Raise OSError unless `nobody` can read these files, and root enter the folders above what is shown."""
    for folder in reversed(source.parents):
        found = folder.stat()
        if found.st_uid != 0 and not found.st_mode & stat.S_IXOTH:
            words = f"root's sandbox may not enter {folder}, which another user owns; run: chmod o+x"
            raise OSError(f"{words} {shlex.quote(str(folder))}")
    for path in (source, *files):
        for step in (*reversed([p for p in path.parents if p.is_relative_to(source)]), path):
            needed = stat.S_IROTH | (stat.S_IXOTH if step.is_dir() else 0)
            if step.stat().st_mode & needed != needed:
                words = f"submissions run as nobody, who may not read {step}; run: chmod -R o+rX"
                raise OSError(f"{words} {shlex.quote(str(step))}")


def _course_roots(starts: Iterable[Path]) -> set[Path]:
    roots = set()
    for start in starts:
        with contextlib.suppress(CourseError):
            roots.add(find_root(start if start.is_dir() else start.parent).resolve())
    return roots


def _homes() -> list[Path]:
    """Return this user's home folders: by the environment, and by the list of users."""
    import pwd  # not on Windows

    homes = [os.path.expanduser("~")]
    with contextlib.suppress(KeyError):
        homes.append(pwd.getpwuid(os.getuid()).pw_dir)
    return [Path(home).resolve() for home in homes if os.path.isabs(home)]


def _holds(folder: Path, path: Path) -> bool:
    """Whether a path is a folder, or is in it."""
    return path.resolve().is_relative_to(folder.resolve())


def _imports(path: Path) -> Iterator[tuple[str, int, bool]]:
    """Yield each absolute import of a file: the name, the line, and whether the file cannot be loaded without it."""
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return
    needed = set(map(id, tree.body))
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            yield name, node.lineno, id(node) in needed


def _statements(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield all statements of a tree. Their expressions, which hold no import, are most of it."""
    found = [tree]
    for node in found:  # which grows
        for name in BLOCKS:
            found += getattr(node, name, ())
    yield from found
