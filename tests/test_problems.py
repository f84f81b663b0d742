"""Problems in a log are found, and a test that causes one without naming it fails."""

from pathlib import Path

import pytest

from roms_app.ops.paths import ROOT
from tests.support import problems

pytest_plugins = ["pytester"]
ERROR = "2026-11-28T06:30:15.681074Z [error    ] session.died                   inbox_id=8\n"
TRACEBACK = 'Traceback (most recent call last):\n  File "a.py", line 1, in run\nOSError: gone\n'
INFO = "2026-11-28T06:30:15.681074Z [info     ] worker.started                 worker_id=1\n"


@pytest.mark.parametrize(
    "entry",
    [
        ERROR,
        INFO + TRACEBACK,
        '{"event": "login_failed", "level": "error"}\n',
        '{"event": "picture.fetch_failed", "level": "info", "exception": "OSError: gone"}\n',
        '{"event": "entry.dead_lettered", "level": "warning"}\n',
        "2026-11-28T06:31:23.246895Z [warning  ] command.refused                entry=1\n",
    ],
)
def test_a_problem_is_found_among_what_is_none(entry: str) -> None:
    quiet = '{"event": "started", "level": "info"}\n'
    [found] = problems.problems_in(INFO + quiet + entry + INFO)
    assert found == entry.strip()


def test_a_file_is_read_on_where_the_last_look_ended(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    log.write_text(INFO + ERROR + "2026-11-28T06:30:16.000000Z [err")
    problems.watch(log)
    assert problems.take() == [ERROR.strip()]
    with log.open("a") as more:
        more.write("or    ] another\n")
    assert len(problems.take()) == 1
    log.unlink()
    assert problems.take() == []


@pytest.mark.parametrize(("mark", "errors"), [("", 1), ('@pytest.mark.causes("form_failed")', 0)])
def test_a_test_that_causes_a_problem_must_name_it(pytester: pytest.Pytester, mark: str, errors: int) -> None:
    pytester.makeconftest(f"""
        import sys
        sys.path.insert(0, {str(ROOT)!r})
        from tests.conftest import pytest_configure, pytest_runtest_teardown
    """)
    pytester.makepyfile(f"""
        import logging, pytest

        {mark}
        def test_that_logs():
            logging.getLogger("ours").error("form_failed")
    """)
    ran = pytester.runpytest_subprocess("-p", "no:randomly")
    ran.assert_outcomes(passed=1, errors=errors)
