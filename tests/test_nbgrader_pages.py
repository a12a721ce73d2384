"""nbgrader's pages as people see them: formgrader, and a released notebook in a real JupyterLab."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser import visit
from tests.test_nbgrader import CHAPTER, SOLVED, WRONG, dojo, fill, hand_in, nbgrader

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.slow
PATIENCE = 120_000  # milliseconds; JupyterLab is large, and the machine may be busy


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class of two, graded."""
    at = tmp_path_factory.mktemp("pages") / "course"
    dojo("nbgrader", "build", "--out", at, "--course-id", "tiny101")
    nbgrader("generate_assignment", CHAPTER, at=at)
    hand_in(at, "ada", SOLVED)
    hand_in(at, "bob", WRONG)
    nbgrader("autograde", CHAPTER, at=at)
    return at


@pytest.fixture(scope="module")
def lab(course: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a JupyterLab in the course's folder."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = tmp_path_factory.mktemp("home")
    folder = Path(sys.executable).parent
    command = [str(folder / "jupyter"), "lab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}"]
    command += ["--IdentityProvider.token=", f"--ServerApp.root_dir={course}", "--ServerApp.port_retries=0"]
    environment = {
        **os.environ,
        "PATH": f"{folder}:{os.environ['PATH']}",
        "HOME": str(home),
        "JUPYTER_RUNTIME_DIR": str(home),
    }
    log = (home / "log").open("wb")
    server = subprocess.Popen(command, cwd=course, env=environment, stdout=log, stderr=log)
    try:
        address = f"http://127.0.0.1:{port}"
        for _ in range(PATIENCE // 500):
            time.sleep(0.5)
            try:
                urllib.request.urlopen(f"{address}/api", timeout=5).read()
                break
            except OSError:
                assert server.poll() is None, (home / "log").read_text()
        yield address
    finally:
        server.terminate()
        server.wait(timeout=30)
        log.close()


def test_formgrader_shows_scores_and_feedback(lab: str, browser: Browser) -> None:
    with visit(browser, f"{lab}/formgrader/gradebook/{CHAPTER}/{CHAPTER}") as seen:
        page = seen.page
        page.wait_for_selector("tbody tr a", timeout=PATIENCE)
        rows = page.inner_text("tbody")
        assert "3.5 / 3.5" in rows
        assert "0.5 / 3.5" in rows
        page.locator("tbody tr", has_text="0.5 / 3.5").locator("a").first.click()
        page.wait_for_selector(".torchdojo", timeout=PATIENCE)
        told = page.inner_text("body")
        for words in ("double · 0 of 2 points", "It returns twice x", "Squared", "Scale · 0.5 of 1.5 points"):
            assert words in told
        # What nbgrader's own page asks for; the feedback in it asks for nothing.
        assert all("mathjax" in url.lower() for url in seen.outside(lab, "data:", "blob:"))


def test_a_released_notebook_checks_itself(lab: str, course: Path, browser: Browser) -> None:
    home = course / "learner"
    shutil.copytree(course / "release" / CHAPTER, home)
    fill(home / f"{CHAPTER}.ipynb", WRONG)
    with visit(browser, f"{lab}/lab/tree/learner/{CHAPTER}.ipynb") as seen:
        page = seen.page
        page.wait_for_selector(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell", timeout=PATIENCE)
        page.wait_for_function(
            "document.querySelector('.jp-NotebookPanel .jp-Notebook-ExecutionIndicator')?.dataset.status === 'idle'",
            timeout=PATIENCE,
        )
        page.get_by_role("menuitem", name="Run", exact=True).first.click()
        page.locator(".lm-Menu-itemLabel", has_text="Run All Cells").first.click()
        page.wait_for_function("document.querySelectorAll('.torchdojo').length === 2", timeout=PATIENCE)
        told = page.locator(".torchdojo").first.inner_text()
        assert "double" in told
        assert "public checks" in told
        assert "Squared" in told
        assert page.locator(".torchdojo table").count() >= 1
