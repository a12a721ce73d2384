"""Read CSV files as spreadsheets and platforms write them, whatever their encoding and separator."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from torchdojo.errors import UserError
from torchdojo.files import unguarded

MAX_BYTES = 64 * 2**20
SEPARATORS = ("\t", ";", ",", "|")  # where two are as likely, the one that is rarer in text
SEPARATOR_LINE = re.compile(r'"?sep=(\\t|.)"?[\t;,|]*', re.IGNORECASE)
SAMPLE_ROWS = 50
AS_TEXT = re.compile(r'="(.*)"', re.DOTALL)
INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"
SAVE_AS_CSV = 'save it as "CSV UTF-8" and use that file'
OTHER_FORMS = (
    (b"\xd0\xcf\x11\xe0", "an old or encrypted Excel workbook"),
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "a text document (RTF)"),
    (b"\x1f\x8b", "a gzip archive"),
)
ZIP_FORMS = (
    ("xl/", "an Excel workbook"),
    ("Index", "a Numbers spreadsheet"),
    ("index.numbers", "a Numbers spreadsheet"),
    ("content.xml", "an OpenDocument spreadsheet (LibreOffice)"),
)


class SpreadsheetError(UserError):
    """A table that cannot be used: the file, the line, and what is wrong there."""

    def __init__(self, path: Path, line: int, message: str) -> None:
        super().__init__(f"{path}:{line}: {message}")
        self.path = path
        self.line = line


@dataclass(frozen=True)
class Table:
    """A table without its empty rows. rows: the line that each begins on, and its cells; notes: on how it was read"""

    rows: list[tuple[int, list[str]]]
    notes: list[str] = field(default_factory=list)


def read_table(path: Path) -> Table:
    """Return the rows of a CSV file; SpreadsheetError if it cannot be read or is something else.

    Read are UTF-8, UTF-16 and, told in a note, Windows-1252; commas, semicolons, tabs and bars; all line ends. Cells
    are without blanks around them, and without what makes a spreadsheet take them for text (="0012", '0012).
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise SpreadsheetError(path, 1, f"is too large: at most {MAX_BYTES:,} bytes are read")
        data = path.read_bytes()
    except OSError as error:
        raise SpreadsheetError(path, 1, f"cannot be read: {error.strerror}") from None
    form = _other_form(data)
    if form:
        raise SpreadsheetError(path, 1, f"is {form}, not a CSV file; {SAVE_AS_CSV}")
    text, notes = _decode(path, data)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    separator, first_line = _separator(text)
    if first_line > 1:
        text = text.partition("\n")[2]
    return Table(_rows(path, text, separator, first_line), notes)


def _other_form(data: bytes) -> str:
    """Return what a file is that is not CSV, such as "an Excel workbook", or ""."""
    if data.startswith(b"PK\3\4"):
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                names = archive.namelist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError):
            return "a damaged zip file"
        return next((form for start, form in ZIP_FORMS for name in names if name.startswith(start)), "a zip file")
    if re.match(rb"\s*(<!doctype html|<html|<table|<\?xml)", data.removeprefix(b"\xef\xbb\xbf"), re.IGNORECASE):
        return "a web page or XML"
    return next((form for start, form in OTHER_FORMS if data.startswith(start)), "")


def _decode(path: Path, data: bytes) -> tuple[str, list[str]]:
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            return _decode_as(path, data.removeprefix(mark), encoding), []
    if b"\0" in data:  # UTF-16 without a mark: the other half of each ASCII character is zero
        return _decode_as(path, data, "utf-16-le" if data[1::2].count(0) > data[::2].count(0) else "utf-16-be"), []
    try:
        return data.decode("utf-8"), []
    except UnicodeDecodeError as error:
        text = _decode_as(path, data, "cp1252")
        line = data[: error.start].replace(b"\r\n", b"\n").replace(b"\r", b"\n").count(b"\n") + 1
        word = next((word for word in re.findall(r"\w+", text) if not word.isascii()), "")
        seen = f" with {word!r} in line {line}" if word else ""
        return text, [f"{path} is not UTF-8; it was read as Windows-1252{seen}. If names look wrong, {SAVE_AS_CSV}"]


def _decode_as(path: Path, data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        named = "UTF-8 or Windows-1252" if encoding == "cp1252" else encoding.upper()
        raise SpreadsheetError(path, line, f"is not {named} text; {SAVE_AS_CSV}") from None
    if "\0" in text:
        raise SpreadsheetError(path, text.partition("\0")[0].count("\n") + 1, f"is not text; {SAVE_AS_CSV}")
    return text


def _separator(text: str) -> tuple[str, int]:
    """Return what separates cells, and the line on which the table begins, after Excel's `sep=;`."""
    told = SEPARATOR_LINE.fullmatch(text.partition("\n")[0].strip(" \ufeff"))
    if told:
        return told[1].replace("\\t", "\t"), 2
    best = (1, 0)
    chosen = ","
    for separator in SEPARATORS:
        lengths = []
        try:
            for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
                if any(row):
                    lengths.append(len(row))
                if len(lengths) > SAMPLE_ROWS:
                    break
        except csv.Error:
            pass  # told when the table is read
        rank = (lengths[0], lengths.count(lengths[0])) if lengths else (0, 0)
        if rank > best and rank[0] > 1:
            best, chosen = rank, separator
    return chosen, 1


def _rows(path: Path, text: str, separator: str, first_line: int) -> list[tuple[int, list[str]]]:
    rows: list[tuple[int, list[str]]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    begins = first_line
    try:
        for row in reader:
            cells = [clean_cell(cell) for cell in row]
            while cells and not cells[-1]:
                cells.pop()
            if cells:
                rows.append((begins, cells))
            begins = reader.line_num + first_line
    except csv.Error as error:
        raise SpreadsheetError(path, max(reader.line_num - 1 + first_line, begins), f"is not CSV: {error}") from None
    return rows


def clean_cell(cell: str) -> str:
    """Return a cell's text without blanks and invisible characters around it, and without a spreadsheet's marks."""
    text = _trimmed(cell)
    formula = AS_TEXT.fullmatch(text)
    if formula:
        return _trimmed(formula[1].replace('""', '"'))
    return text[1:] if re.match(r"'\d", text) else unguarded(text)


def _trimmed(text: str) -> str:
    start, end = 0, len(text)
    while start < end and (text[start].isspace() or text[start] in INVISIBLE):
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] in INVISIBLE):
        end -= 1
    return re.sub(r"[^\S ]+", " ", text[start:end])
