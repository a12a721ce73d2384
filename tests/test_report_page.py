"""report.html and feedback in a browser: quiet, alone, sortable, and never wider than a phone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from tests.browser import faults, visit
from tests.conftest import TESTS, Tiny
from torchdojo.batch.store import Store
from torchdojo.cli.main import cli
from torchdojo.collect.platforms import Student
from torchdojo.collect.submissions import FileNote, Submissions
from torchdojo.report.paths import folder_name
from torchdojo.report.write import write_reports

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAMES = ("ada", "Zoë <b>x</b>", "../up", "o'neil & sons", "10", "9")
OWN = "kept = x.abs().log1p().clamp(max=3.0)\n{0} = kept.cumsum(0).roll(1)\nfor row in range(4):\n    {0} = {0}.flip(0) + row * 7\n{0} = {0}.sqrt().nan_to_num(nan=2.0)\nmost = {0}.max() - {0}.min()\nreturn {0} * most"


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory, tiny: Tiny) -> Path:
    """A small class, graded: right, wrong twice in the same way, raising markup, rejected, and a crash."""
    folder = tmp_path_factory.mktemp("results")
    sources = [
        tiny.reference,
        tiny.with_double("raise ValueError('<img src=http://127.0.0.1:9/x onerror=alert(1)>')"),
        tiny.with_double(OWN.format("total")),
        tiny.with_double(OWN.format("acc")),
        "def f(:\n",
        tiny.with_double("import os; os._exit(3)"),
    ]
    with Store(folder, tiny.course) as store:
        for name, source in zip(NAMES, sources, strict=True):
            result = tiny.grade(source)
            store.save(name, result, "version", source.encode())
        store.finish([*NAMES, "nothing"], {(name, "ch1_tiny") for name in NAMES})
        write_reports(store)
    return folder


def column(page: Page, table: str, at: int) -> list[str]:
    return [
        " ".join(text.split())
        for text in page.locator(f"#{table} tbody tr:not([hidden]) td:nth-child({at})").all_inner_texts()
    ]


@pytest.mark.parametrize(
    "options", [{}, {"width": 390, "height": 844}, {"color_scheme": "dark"}, {"java_script_enabled": False}]
)
def test_every_page_opens_quietly_alone_and_fits(out: Path, browser: Browser, options: dict[str, object]) -> None:
    hostile = out / "feedback" / folder_name(NAMES[1])
    for path in (out / "report.html", hostile / "index.html", hostile / "ch1_tiny.html"):
        with visit(browser, path.as_uri(), **options) as seen:  # type: ignore[arg-type]
            assert (seen.errors, seen.outside()) == ([], [])
            page = seen.page
            assert page.locator("h1").count() == 1
            if options.get("java_script_enabled", True):
                widths = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
                assert widths[0] <= widths[1], path
                assert faults(page) == "", path


def test_the_tables_sort_by_a_press_and_by_the_keyboard(out: Path, browser: Browser) -> None:
    with visit(browser, (out / "report.html").as_uri()) as seen:
        page = seen.page
        head = page.locator("#student-table th").nth(0)
        head.locator("button").click()
        names = column(page, "student-table", 1)
        assert head.get_attribute("aria-sort") == "ascending"
        assert names.index("9") < names.index("10") < names.index("ada")
        assert set(names) == {*NAMES, "nothing"}
        head.locator("button").focus()
        page.keyboard.press("Enter")
        assert column(page, "student-table", 1) == names[::-1]
        page.get_by_role("button", name="total").click()
        totals = [float(text) for text in column(page, "student-table", 2)]
        assert totals == sorted(totals, reverse=True)
        assert len(set(totals)) > 1
        page.get_by_role("button", name="discrimination").click()
        numbers = [float(text.replace("−", "-")) for text in column(page, "check-table", 5) if text != "–"]
        assert numbers == sorted(numbers, reverse=True)


def test_the_tables_filter(out: Path, browser: Browser) -> None:
    with visit(browser, (out / "report.html").as_uri()) as seen:
        page = seen.page
        page.fill("#student-table-find", "ZOË")
        assert column(page, "student-table", 1) == ["Zoë <b>x</b>"]
        assert page.locator("[data-for=student-table] output").inner_text() == "1 of 7"
        page.fill("#student-table-find", "")
        assert len(column(page, "student-table", 1)) == 7
        assert {"10", "9", "nothing"} <= set(column(page, "flag-table", 1))
        page.select_option("#flag-kind", "crashed")
        assert column(page, "flag-table", 1) == ["9"]


def test_a_student_is_one_click_away(out: Path, browser: Browser) -> None:
    for name in NAMES:
        with visit(browser, (out / "report.html").as_uri()) as seen:
            seen.page.locator("#student-table").get_by_role("link", name=name, exact=True).click()
            seen.page.wait_for_url(re.compile("index.html$"))
            assert seen.page.locator("h1").inner_text() == name
            seen.page.locator("tbody a").first.click()
            seen.page.wait_for_url(re.compile("ch1_tiny.html$"))
            assert name in seen.page.locator(".over").inner_text()
            assert (seen.errors, seen.outside()) == ([], [])


def test_the_heat_map_says_what_is_there_and_leads_there(out: Path, browser: Browser) -> None:
    with visit(browser, (out / "report.html").as_uri()) as seen:
        page = seen.page
        heat = page.locator("#heat")
        heat.hover(position={"x": 3, "y": 3})
        assert re.match(r"ada · \w+ · .*: passed$", page.locator("#pointed").inner_text())
        heat.click(position={"x": 3, "y": 3})
        page.wait_for_url(re.compile("feedback/ada/index.html$"))


def test_copies_stand_side_by_side(out: Path, browser: Browser) -> None:
    with visit(browser, (out / "report.html").as_uri()) as seen:
        pair = seen.page.locator("details.pair")
        assert pair.count() == 1
        pair.locator("summary b").click()
        cells = pair.locator("tbody tr").first.locator("td").all_inner_texts()
        assert cells[1] == cells[3] == "kept = x.abs().log1p().clamp(max=3.0)"
        assert {"total = total.sqrt().nan_to_num(nan=2.0)", "acc = acc.sqrt().nan_to_num(nan=2.0)"} <= set(
            pair.locator("td").all_inner_texts()
        )


def test_dojo_report_writes_it_again_and_says_where_nothing_is(out: Path, tmp_path: Path) -> None:
    before = (out / "report.html").read_text()
    (out / "report.html").unlink()
    done = CliRunner().invoke(cli, ["--course", str(TESTS / "tiny"), "report", str(out)])
    assert done.exit_code == 0, done.output
    assert "for 7 students" in done.output
    assert (out / "report.html").read_text() == before
    done = CliRunner().invoke(cli, ["--course", str(TESTS / "tiny"), "report", str(tmp_path / "none")])
    assert done.exit_code == 2
    assert "holds no results" in done.output
    assert not (tmp_path / "none").exists()


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, tiny: Tiny) -> Path:
    """A class with names, alarms, notes and ignored files, all of them long."""
    folder = tmp_path_factory.mktemp("told")
    long = "Kopie_von_" * 20 + "ch1_tiny.docx"
    people = {"1001": Student("1001", "Ada Lovelace"), "1002": Student("1002", "محمد"), "1003": Student("1003", "Bo")}
    notes = [FileNote(f"/in/{long}", student, "", "matches no chapter", shown=long) for student in people]
    with Store(folder, tiny.course) as store:
        store.save("1001", tiny.grade(tiny.reference), "version", tiny.reference.encode())
        notes.append(FileNote(f"/in/{long}", "1001", "ch1_tiny", "its name was read as ch1_tiny", shown=long))
        store.write_lists(Submissions([*people], [], notes, people, [f"a note on {long}"], [f"an alarm about {long}"]))
        store.finish([*people], {("1001", "ch1_tiny")})
        write_reports(store)
    return folder


@pytest.mark.parametrize("width", [390, 1200])
def test_what_was_read_wrongly_is_at_the_top_and_fits(told: Path, browser: Browser, width: int) -> None:
    with visit(browser, (told / "report.html").as_uri(), width=width) as seen:
        page = seen.page
        assert page.locator("main h2").first.inner_text() == "Check these first"
        assert page.get_by_text("an alarm about").is_visible()
        assert not page.get_by_text("a note on").is_visible()
        for summary in page.locator("details.fold summary").all():
            summary.click()
        assert page.get_by_text("a note on").is_visible()
        assert page.locator("#ignored-table tbody tr").count() == 1
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert (seen.errors, seen.outside()) == ([], [])
    with visit(browser, (told / "feedback/1002/index.html").as_uri(), width=width) as seen:
        assert seen.page.get_by_text("matches no chapter").is_visible()
        assert seen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory, tiny: Tiny) -> Path:
    """A class of 130."""
    folder = tmp_path_factory.mktemp("many")
    names = [f"student{number:03}" for number in range(130)]
    graded = [tiny.grade(source) for source in (tiny.reference, tiny.with_double("return x.pow(2)"))]
    with Store(folder, tiny.course) as store:
        for number, name in enumerate(names):
            store.save(name, graded[number > 90], "version", tiny.reference.encode())
        store.finish(names, {(name, "ch1_tiny") for name in names})
        write_reports(store)
    return folder


@pytest.mark.parametrize("options", [{}, {"java_script_enabled": False}, {"width": 390, "height": 844}], ids=str)
def test_everybody_of_a_large_class_can_be_shown_with_or_without_a_script(
    many: Path, browser: Browser, options: dict[str, object]
) -> None:
    with visit(browser, (many / "report.html").as_uri(), **options) as seen:  # type: ignore[arg-type]
        page = seen.page
        rows = page.locator("#student-table tbody tr:visible")
        assert rows.count() == 50
        page.get_by_label("show all 130 rows").check()
        assert rows.count() == 130
        # No table has its own scroll bar, up and down.
        heights = "[...document.querySelectorAll('.wide')].every((box) => box.scrollHeight <= box.clientHeight + 1)"
        assert options.get("java_script_enabled", True) is False or page.evaluate(heights)


def test_a_search_finds_whom_the_short_table_does_not_show(many: Path, browser: Browser) -> None:
    with visit(browser, (many / "report.html").as_uri()) as seen:
        seen.page.fill("#student-table-find", "student129")
        assert seen.page.locator("#student-table tbody tr:visible").count() == 1
        seen.page.fill("#student-table-find", "")
        assert seen.page.locator("#student-table tbody tr:visible").count() == 50


def test_a_phone_shows_who_and_how_many_points_without_a_scroll(many: Path, browser: Browser) -> None:
    with visit(browser, (many / "report.html").as_uri(), width=390, height=844) as seen:
        page = seen.page
        heads = page.locator("#student-table th").all_inner_texts()
        assert [text.split()[0] for text in heads[:3]] == ["student", "total", "share"]
        for index in (1, 2, 3):
            box = page.locator(f"#student-table tbody tr:first-child td:nth-child({index})").bounding_box()
            assert box
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 390


def test_a_student_is_found_by_name(told: Path, browser: Browser) -> None:
    with visit(browser, (told / "report.html").as_uri()) as seen:
        page = seen.page
        page.fill("#student-table-find", "lovelace")
        assert column(page, "student-table", 1) == ["1001 Ada Lovelace"]
        page.fill("#flag-table-find", "محمد")
        assert column(page, "flag-table", 1) == ["1002 محمد"]
        page.locator("#heat").hover(position={"x": 3, "y": 3})
        assert page.locator("#pointed").inner_text().startswith("1001 · Ada Lovelace · ")
