"""Windows lacks some modules that Linux and macOS have. All of ours, and the tests, do without."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
WITHOUT = """
import sys

LACKING = {"fcntl", "grp", "pty", "pwd", "resource", "termios", "tty"}

class Lacking:
    def find_spec(self, name, path=None, target=None):
        if name in LACKING:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

for name in LACKING:
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Lacking())
"""
IMPORT_ALL = """
from importlib import import_module
from pathlib import Path

paths = sorted(Path("soc_tui").rglob("*.py"))
for path in paths:
    if path.name != "__main__.py":
        import_module(".".join(path.with_suffix("").parts).removesuffix(".__init__"))
print(len(paths))
"""
COLLECT = """
import pytest

sys.exit(pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider", "-p", "no:syrupy"]))
"""


def ran(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", f"{WITHOUT}\n{code}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_all_modules_are_imported_without_them() -> None:
    done = ran(IMPORT_ALL)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 200


def test_all_tests_are_collected_without_them() -> None:
    done = ran(COLLECT)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "tests/kql/" in done.stdout
    assert "tests/tui/cockpit/" in done.stdout
    assert "tests/e2e/test_bursts.py" not in done.stdout
