"""The layout of the code: how big a room may be, and one name for one thing."""

from __future__ import annotations

import ast
from collections import Counter, defaultdict

from tests.conftest import PROJECT

ENGINE = PROJECT / "torchdojo"
MAX_SHARE = 0.15  # of the engine's lines, in one room


def test_no_room_is_much_bigger_than_the_others() -> None:
    lines: Counter[str] = Counter()
    for path in ENGINE.rglob("*.py"):
        room = path.relative_to(ENGINE).parts[0]
        lines[room] += len(path.read_text(encoding="utf-8").splitlines())
    room, most = lines.most_common(1)[0]
    share = most / lines.total()
    assert share <= MAX_SHARE, f"{room} holds {share:.1%} of the engine's lines: move what it should not know elsewhere"


def test_no_two_classes_share_a_name() -> None:
    files = defaultdict(list)
    for path in sorted(ENGINE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.ClassDef):
                files[node.name].append(f"{path.relative_to(PROJECT)}:{node.lineno}")
    assert {name: where for name, where in files.items() if len(where) > 1} == {}
