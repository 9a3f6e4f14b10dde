"""Under CI nothing may be left out: a skip is a failure, at collection and at run time."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HOOKS = "from tests.conftest import pytest_make_collect_report, pytest_runtest_makereport  # noqa: F401\n"


@pytest.mark.parametrize(
    "body",
    [
        "import pytest\n\ndef test_it():\n    pytest.skip('not here')\n",
        "import pytest\n\n@pytest.mark.skip\ndef test_it():\n    pass\n",
        "import pytest\n\npytest.importorskip('no_such_module_anywhere')\n",
    ],
)
@pytest.mark.parametrize(("ci", "fails"), [("true", True), ("", False)])
def test_a_skip_fails_under_ci_alone(body: str, ci: str, fails: bool, tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(HOOKS)
    (tmp_path / "test_it.py").write_text(body)
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(tmp_path)],
        check=False,
        cwd=tmp_path,
        env=os.environ | {"CI": ci, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert run.returncode in ({1, 2} if fails else {0, 5}), run.stdout
    assert ("1 skipped" in run.stdout) is not fails, run.stdout
