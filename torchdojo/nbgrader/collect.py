"""Convert submitted .py files to notebooks when zip_collect unpacks them."""

from __future__ import annotations

from pathlib import Path

from nbgrader.plugins import ExtractorPlugin


class Extractor(ExtractorPlugin):
    """nbgrader's extractor, which also adds a notebook for each .py file."""

    def extract(self, archive_path: str, extracted_path: str) -> None:
        """Unpack a learning platform's download, and convert its .py files."""
        from torchdojo.nbgrader.convert import to_notebook

        super().extract(archive_path, extracted_path)
        for path in sorted(Path(extracted_path).rglob("*.py")):
            target = path.with_suffix(".ipynb")
            if path.is_file() and not path.is_symlink() and not target.exists():
                self.log.info("Converting %s to a notebook", path)
                to_notebook(path, target)
