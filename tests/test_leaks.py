"""The leak scan: what is somebody's work is found, in whatever a build holds it; what anybody would write is not."""

from __future__ import annotations

import html
import io
import json
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from tests.conftest import PROJECT, TESTS
from torchdojo.authoring.leaks import Leak, find_leaks
from torchdojo.authoring.output_folder import ReleaseError
from torchdojo.authoring.recording import collect_exchanges
from torchdojo.authoring.release import make_release
from torchdojo.authoring.secrets import Secrets, collect_secrets, normalize_code
from torchdojo.course import load_course
from torchdojo.grading.grader import PUBLIC_SECRET
from torchdojo.grading.recorded import write_recording
from torchdojo.wire import encode

GRADERS = TESTS / "tiny/graders/ch1_tiny"
SOLUTION = '    if x.numel() == 0:\n        raise ValueError("x is empty")\n    return 2 * x\n'
HIDDEN_CHECK = (GRADERS / "test_double.py").read_text().rpartition("\n\n\n")[2]
HIDDEN_PROBE = "def double_of_nothing" + (GRADERS / "probes.py").read_text().partition("def double_of_nothing")[2]
MISTAKE = (GRADERS / "mistakes/double/in_place.py").read_text().partition("\n\n")[2]
ACCEPTED = (GRADERS / "accepted/double/added.py").read_text().partition("\n\n")[2]
CODE = {
    "the solution of ch1_tiny/double": SOLUTION,
    "the hidden check ch1_tiny/test_double.py::test_refuses_nothing": HIDDEN_CHECK,
    "the hidden probe ch1_tiny/probes.py::double_of_nothing": HIDDEN_PROBE.partition("\n\n\n")[0],
    "the known mistake ch1_tiny/double/in_place": MISTAKE,
    "the accepted answer ch1_tiny/double/added": ACCEPTED,
}


def as_zip(name: str, data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("torchdojo/__init__.py", "")
        archive.writestr(name, data)
    return buffer.getvalue()


def as_notebook(text: str) -> bytes:
    lines = ["import torch\n", *text.splitlines(keepends=True)]
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": lines, "outputs": [], "execution_count": None}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1).encode()


def as_recording(text: str) -> bytes:
    path = Path("recorded.bin")
    write_recording(path, b"secret", [], {}, [{"question": "cpu:[]", "reference": [{"said": text}], "mistakes": {}}])
    return path.read_bytes()


def as_page(text: str) -> bytes:
    lines = "".join(f'<span class="k">{html.escape(line)}</span>\n' for line in text.splitlines())
    return f"<!DOCTYPE html><title>A page</title><pre>{lines}</pre>".encode()


def as_picture(text: str) -> bytes:
    said = PngImagePlugin.PngInfo()
    said.add_text("Description", text, zip=True)
    buffer = io.BytesIO()
    Image.new("RGB", (4, 4)).save(buffer, "PNG", pnginfo=said)
    return buffer.getvalue()


CARRIERS: dict[str, Callable[[str], bytes]] = {
    "notes.md": lambda text: f"Some words.\n\n{text}\nMore words.\n".encode(),
    "runs/ch1.py": lambda text: f"import torch\n\n{text}".encode(),
    "wheels/torchdojo-1-py3-none-any.whl": lambda text: as_zip("torchdojo/extra.py", text.encode()),
    "ch1.ipynb": as_notebook,
    "graders/ch1/recorded.bin": as_recording,
    "index.html": as_page,
    "search_index.json": lambda text: json.dumps({"docs": [{"text": as_page(text).decode()}]}).encode(),
    "picture.png": as_picture,
    "picture.svg": lambda text: f"<svg><text>{html.escape(text)}</text></svg>".encode(),
    "a_constant.py": lambda text: f"TEXT = {text!r}\n".encode(),
    "a_comment.py": lambda text: f"# {' '.join(text.split())}\n".encode(),
}


@pytest.fixture(scope="module")
def secrets() -> Secrets:
    return collect_secrets(load_course(TESTS / "tiny"))


@pytest.fixture
def plant(tmp_path: Path, secrets: Secrets, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, bytes], list[Leak]]:
    """Put one file into an otherwise harmless folder, and scan that."""
    monkeypatch.chdir(tmp_path)

    def scan(name: str, data: bytes) -> list[Leak]:
        path = tmp_path / "release" / name
        path.parent.mkdir(parents=True)
        path.write_bytes(data)
        return find_leaks(tmp_path / "release", secrets)

    return scan


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("what", CODE)
def test_planted_code_is_found_and_file_and_secret_are_named(
    plant: Callable[[str, bytes], list[Leak]], tmp_path: Path, carrier: str, what: str
) -> None:
    found = plant(carrier, CARRIERS[carrier](CODE[what]))
    assert [(leak.file.partition("!")[0], leak.what) for leak in found] == [(carrier, what)]


def hidden_answer() -> tuple[torch.Tensor, int]:
    """What the reference gives in a hidden check, and the seed of its inputs."""
    course = load_course(TESTS / "tiny")
    (asked,) = (a for r, a in collect_exchanges(course, course.chapters[0], PUBLIC_SECRET) if r.check == "float32")
    calls, outputs = asked[0]
    return outputs[0]["y"].tensor, calls[0].seed


def as_array(tensor: torch.Tensor) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, tensor.numpy())
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "write"),
    {
        "answers.py": lambda y: f"EXPECTED = {y.tolist()}\n".encode(),
        "answers.md": lambda y: f"| {y.numpy().flatten()[0]!s} | {y.numpy().flatten()[1]!s} |\n".encode(),
        "printed.md": lambda y: f"{y}\n".encode(),
        "answers.json": lambda y: json.dumps({"expected": y.tolist()}).encode(),
        "ch1.ipynb": lambda y: as_notebook(f"expected = torch.tensor({y.tolist()})\n"),
        "recorded.bin": lambda y: len(m := encode({"reference": [{"y": y}]})).to_bytes(8, "big") + m,
        "torchdojo.whl": lambda y: as_zip("torchdojo/data/answers.npy", as_array(y)),
        "data.npy.xz": lambda y: lzma.compress(as_array(y)),
    }.items(),
)
def test_an_answer_to_a_hidden_input_is_found(
    plant: Callable[[str, bytes], list[Leak]], name: str, write: Callable[[torch.Tensor], bytes]
) -> None:
    tensor, _ = hidden_answer()
    found = plant(name, write(tensor))
    assert {(leak.file.partition("!")[0], leak.what) for leak in found} == {
        (name, "an expected value of the hidden check ch1_tiny/double/float32")
    }


@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_seed_of_hidden_inputs_is_found(plant: Callable[[str, bytes], list[Leak]], carrier: str) -> None:
    _, seed = hidden_answer()
    found = plant(carrier, CARRIERS[carrier](f"inputs(seed={seed})\n"))
    assert {leak.what for leak in found} == {"an input seed of the hidden check ch1_tiny/double/float32"}


def test_a_single_line_that_anybody_would_write_is_no_secret() -> None:
    """Each line of the real course's answers and checks, by itself: only solutions of one line tell anything."""
    course = load_course(PROJECT)
    found = collect_secrets(course, numbers=False)
    whole = {normalize_code(line) for line in found.code}
    lines = {
        line.strip()
        for path in [*PROJECT.glob("reference/*.py"), *PROJECT.glob("graders/ch*/**/*.py")]
        for line in path.read_text(encoding="utf-8").splitlines()
    }
    telling = [line for line in lines if normalize_code(line) in whole]
    reference = "\n".join(path.read_text(encoding="utf-8") for path in PROJECT.glob("reference/*.py"))
    assert len(telling) < 20
    assert [line for line in telling if f"### BEGIN SOLUTION\n{line}\n" not in dedented(reference)] == []


def dedented(text: str) -> str:
    return "\n".join(line.strip() for line in text.splitlines())


def test_every_solution_of_the_course_would_be_found(tmp_path: Path) -> None:
    """Those that it would not are so short that anybody would write them."""
    found = collect_secrets(load_course(PROJECT), numbers=False)
    missed = []
    for path in sorted(PROJECT.glob("reference/*.py")):
        for number, block in enumerate(path.read_text(encoding="utf-8").split("### BEGIN SOLUTION\n")[1:]):
            solution = block.partition("### END SOLUTION")[0]
            folder = tmp_path / f"{path.stem}{number}"
            folder.mkdir()
            (folder / "notes.txt").write_text(solution, encoding="utf-8")
            if not any("solution" in leak.what for leak in find_leaks(folder, found)):
                missed.append(solution.strip())
    assert missed == ["return torch.sigmoid(x)", "return super().train(False)", "return self.module(x)"]


LINE = r"[a-j_][a-j._() =+#0-9]{28,60}[a-j)]"


@settings(max_examples=100, deadline=None)
@given(data=st.data(), before=st.text(max_size=100), after=st.text(max_size=100))
def test_lines_in_a_row_are_found_between_any_text_and_in_any_layout(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, before: str, after: str
) -> None:
    lines = data.draw(st.lists(st.from_regex(LINE, fullmatch=True), min_size=2, max_size=5, unique=True))
    secrets = Secrets(code={"".join(map(normalize_code, lines)): "the secret"})
    gaps = data.draw(st.lists(st.sampled_from(["\n", "\r\n", "\n\n    ", "\t", " "]), min_size=5, max_size=5))
    folder = tmp_path_factory.mktemp("planted")
    text = before + "".join(line + gap for line, gap in zip(lines, gaps, strict=False)) + after
    (folder / "file").write_bytes(text.encode("utf-8", "replace"))
    assert [leak.what for leak in find_leaks(folder, secrets)] == ["the secret"]


def test_what_cannot_be_read_is_refused(tmp_path: Path, secrets: Secrets) -> None:
    """A file that nothing reads might hold anything: none leaves unread."""
    (tmp_path / "a.7z").write_bytes(b"7z\xbc\xaf\x27\x1c\xff\xfe" + b"\0" * 100)
    (tmp_path / "recorded.bin").write_bytes(b"\0\0\0\0\0\0\0\x20TDJ1 and no more")
    (tmp_path / "half.whl").write_bytes(as_zip("a.py", b"x" * 1000)[:-30])
    (tmp_path / "nested.zip").write_bytes(as_zip("inner.bin", b"\xff\xfe\x00"))
    (tmp_path / "utf16.txt").write_bytes("some text".encode("utf-16"))
    (tmp_path / "no.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 40)
    Image.new("1", (20_000, 10_000)).save(tmp_path / "huge.png")
    (tmp_path / "link").symlink_to("/etc/hostname")
    found = {leak.file: leak.what for leak in find_leaks(tmp_path, secrets)}
    assert found.pop("link") == "a link, which may point anywhere"
    assert set(found) == {"a.7z", "recorded.bin", "half.whl", "nested.zip", "utf16.txt", "no.png", "huge.png"}
    assert set(found.values()) == {"cannot be checked for secrets"}


DECORATED: dict[str, Callable[[list[str]], str]] = {
    "commented out": lambda lines: "".join(f"# {line}\n" for line in lines),
    "a diff": lambda lines: "".join(f"+{line}\n" for line in lines),
    "a prompt": lambda lines: "".join(f">>> {line}\n" for line in lines),
    "quoted": lambda lines: "".join(f"> {line}\n" for line in lines),
    "numbered": lambda lines: "".join(f"{number:3}: {line}\n" for number, line in enumerate(lines)),
    "a list of texts": lambda lines: "LINES = [\n" + "".join(f"    {line!r},\n" for line in lines) + "]\n",
    "joined texts": lambda lines: "TEXT = (\n" + "".join(f"    {line + chr(10)!r}\n" for line in lines) + ")\n",
    "a docstring": lambda lines: (
        'def f():\n    """Do so.\n\n' + "".join(f"    {line}\n" for line in lines) + '    """\n'
    ),
    "Windows' line ends": lambda lines: "".join(f"{line}\r\n" for line in lines),
    "colours in a script": lambda lines: "x = " + json.dumps(as_page("\n".join(lines)).decode()) + "\n",
}


@pytest.mark.parametrize("decoration", DECORATED)
@pytest.mark.parametrize("what", CODE)
def test_lines_are_found_whatever_stands_around_each(
    plant: Callable[[str, bytes], list[Leak]], what: str, decoration: str
) -> None:
    """Commented out in a public check, pasted as a diff: this is how a solution stays in by mistake."""
    found = plant("notes.js", DECORATED[decoration](CODE[what].splitlines()).encode())
    assert what in [leak.what for leak in found]


def test_what_torch_itself_publishes_is_no_secret(tmp_path: Path) -> None:
    """ch6's solutions share the closure of every optimizer with torch/optim."""
    lines = "loss = None\nif closure is not None:\n    with torch.enable_grad():\n        loss = closure()\n"
    assert normalize_code("loss = closure()") in normalize_code(
        (PROJECT / "reference/ch6_optimizers.py").read_text(encoding="utf-8")
    )
    (tmp_path / "optimizer.py").write_text(lines)
    assert find_leaks(tmp_path, collect_secrets(load_course(PROJECT), numbers=False)) == []


def plant_in_probes(root: Path) -> str:
    path = root / "graders/ch1_tiny/probes.py"
    comment = f"    # {' '.join(SOLUTION.split())}\n    y = ch.double(x)\n"
    path.write_text(path.read_text().replace("    y = ch.double(x)\n", comment))
    return "graders/ch1_tiny/probes.py: the solution of ch1_tiny/double"


def plant_in_a_run(root: Path) -> str:
    (root / "runs").mkdir()
    (root / "runs/ch1_tiny.py").write_text(MISTAKE)
    return "runs/ch1_tiny.py: the known mistake ch1_tiny/double/in_place"


def plant_in_prose(root: Path) -> str:
    (root / "LICENSE").write_text(f"Copying\n\n{HIDDEN_CHECK}")
    return "LICENSE: the hidden check ch1_tiny/test_double.py::test_refuses_nothing"


@pytest.mark.parametrize("plant_it", [plant_in_probes, plant_in_a_run, plant_in_prose])
def test_a_release_with_a_leak_is_not_made(tiny_root: Path, tmp_path: Path, plant_it: Callable[[Path], str]) -> None:
    told = plant_it(tiny_root)
    out = tmp_path / "releases/out"
    with pytest.raises(ReleaseError, match="it would leak solutions or hidden checks") as error:
        make_release(load_course(tiny_root), out, wheel=False)
    assert told in str(error.value)
    assert list(out.parent.iterdir()) == []
