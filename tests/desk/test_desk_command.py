"""`dojo desk`: it prints a link per person, serves on the loopback alone, and ends cleanly."""

from __future__ import annotations

import csv
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

from click.testing import CliRunner

from tests.conftest import TESTS, Tiny
from tests.desk.conftest import OpenDesk
from torchdojo.batch.store import StoredRun
from torchdojo.cli.main import cli
from torchdojo.review.decision import Override
from torchdojo.review.decisions import Decisions, decide
from torchdojo.review.log import ReviewLog
from torchdojo.review.tables import write_tables
from torchdojo.review.works import target_of

TINY = ["--course", str(TESTS / "tiny")]
LINK = re.compile(r"(\w+) +(http://127\.0\.0\.1:(\d+)/enter\?token=\S+)")


def test_each_person_gets_a_link_and_ctrl_c_ends_it(small_class: Path) -> None:
    command = [sys.executable, "-m", "torchdojo", *TINY, "desk", str(small_class), "--port", "0"]
    command += ["--user", "ann", "--user", "ben", "--user", "ann"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            links = [LINK.search(process.stdout.readline()) for _ in range(2)]
            assert [link and link[1] for link in links] == ["ann", "ben"]
            browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
            assert links[1]
            assert b"Welcome" in browser.open(links[1][2]).read()
            page = browser.open(f"http://127.0.0.1:{links[1][3]}/")
            assert b"<h1>Queue</h1>" in page.read()
            assert "server" not in {name.lower() for name in page.headers}
        finally:
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "")
    assert out.rstrip().endswith("The desk is closed.")


def scores(out: Path) -> dict[str, str]:
    with (out / "grades.csv").open(encoding="utf-8", newline="") as file:
        return {row["student"]: row["ch1_tiny"] for row in csv.DictReader(file)}


def test_grades_csv_has_what_was_decided_when_the_desk_is_closed(small_class: Path, tiny: Tiny) -> None:
    assert CliRunner().invoke(cli, [*TINY, "report", str(small_class)]).exit_code == 0
    before = scores(small_class)
    command = [sys.executable, "-m", "torchdojo", *TINY, "desk", str(small_class), "--port", "0", "--user", "ann"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            link = LINK.search(process.stdout.readline())
            assert link
            with urllib.request.urlopen(link[2]) as page:
                assert page.status == 200
            with StoredRun(small_class, tiny.course) as run:
                target = target_of(run, "ada", "ch1_tiny")
            decide(ReviewLog(small_class), "ann", Override(targets=(target,), item="", points=1, reason="x"))
        finally:
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "")
    assert scores(small_class) == {**before, "ada": "1"}


def test_a_port_in_use_is_said(small_class: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = CliRunner().invoke(cli, [*TINY, "desk", str(small_class), "--port", port])
    assert done.exit_code == 2
    assert f"dojo desk: port {port} cannot be used: Address already in use. Choose another with --port." in done.output


def test_a_folder_without_results_is_said(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, [*TINY, "desk", str(tmp_path), "--port", "0"])
    assert done.exit_code == 2
    assert "holds no results; run `dojo grade SUBMISSIONS --out" in done.output


def test_a_name_that_cannot_be_shown_is_refused(small_class: Path) -> None:
    for name in ("", "  ", "a\nb"):
        done = CliRunner().invoke(cli, [*TINY, "desk", str(small_class), "--port", "0", "--user", name])
        assert done.exit_code == 2
        assert "--user" in done.output


def test_a_table_that_was_edited_by_hand_is_told_on_every_page(desk: OpenDesk, tiny: Tiny) -> None:
    browser = desk.enter()
    with StoredRun(desk.out, tiny.course) as run:
        write_tables(run, Decisions())
    assert "edited by hand" not in browser.get("/").text
    path = desk.out / "grades.csv"
    path.write_text(path.read_text().replace("ada,3.5", "ada,3"))
    assert "edited by hand" in browser.get("/").text
    assert f"dojo review {desk.out}" in browser.get("/checks").text
