"""Under CI nothing may be left out: a skip is a failure, at collection and at run time."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HOOKS = "from tests.conftest import pytest_make_collect_report, pytest_runtest_makereport  # noqa: F401\n"
SKIPPED = {
    "test_call.py": "import pytest\n\ndef test_it():\n    pytest.skip('not here')\n",
    "test_mark.py": "import pytest\n\n@pytest.mark.skip\ndef test_it():\n    pass\n",
    "test_import.py": "import pytest\n\npytest.importorskip('no_such_module_anywhere')\n",
}


@pytest.mark.parametrize(("ci", "left_out"), [("true", []), ("", sorted(SKIPPED))])
def test_a_skip_is_a_failure_under_ci_alone(ci: str, left_out: list[str], tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(HOOKS)
    for name, body in SKIPPED.items():
        (tmp_path / name).write_text(body)
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-ra", "--continue-on-collection-errors", "--rootdir", str(tmp_path)],
        check=False,
        cwd=tmp_path,
        env=os.environ | {"CI": ci, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
    )
    summary = run.stdout[run.stdout.index("short test summary") :].splitlines()
    skipped = sorted(name for name in SKIPPED for line in summary if line.startswith("SKIPPED") and name in line)
    refused = sorted(
        name for name in SKIPPED for line in summary if line.startswith(("FAILED", "ERROR")) and name in line
    )
    assert skipped == left_out
    assert refused == sorted(set(SKIPPED) - set(left_out))
