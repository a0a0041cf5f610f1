"""What all tests share: a screen for each test process, Tk's swallowed errors, and no silent skips in CI."""

from __future__ import annotations

import functools
import gc
import os
import signal
import sys
from collections.abc import Generator, Iterator
from types import TracebackType

import hypothesis
import pytest

import dev
from tests.programs import is_installed, run_program
from tests.waiting import wait_until

__all__ = ["wait_until"]

IN_CI = bool(os.environ.get("CI"))
# As in hypothesis' CI profile: on a shared machine the duration of an example means nothing.
hypothesis.settings.register_profile(
    "busy", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
if not IN_CI:
    hypothesis.settings.load_profile("busy")
MUST_RUN_IN_CI = ("tests/gui/", "tests/e2e/")


# As in a terminal, also where the tests were started with nohup, or in the background of a script: what is
# ignored here would be ignored by every program that they start.
for name, default in (("SIGHUP", signal.SIG_DFL), ("SIGINT", signal.default_int_handler)):
    if signal.getsignal(getattr(signal, name, signal.SIGINT)) is signal.SIG_IGN:
        signal.signal(getattr(signal, name), default)


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    """The DISPLAY of a screen no other test process uses; elsewhere than on Linux the native one ("").

    In CI a missing screen fails the test; on a developer's machine it skips it.
    """
    if sys.platform != "linux":
        yield ""
        return
    if not all(is_installed(name) for name in ("Xvfb", "openbox", "xdotool")):
        message = "no Xvfb, openbox and xdotool: run `python3 dev.py test` once"
        if IN_CI:
            pytest.fail(message)
        pytest.skip(message)
    before = os.environ.get("DISPLAY")
    with dev.virtual_screen() as name:
        os.environ["DISPLAY"] = name
        # Away from every window: no widget may see the pointer unless a test moves it there.
        run_program(["xdotool", "mousemove", "1599", "999"], check=True)
        yield name
        if before is None:
            del os.environ["DISPLAY"]
        else:
            os.environ["DISPLAY"] = before


@pytest.fixture(autouse=True)
def nothing_copied_outlives_a_window(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests have one window after the other in a process, a program has one. Tk 8.6 reads freed memory when a
    window asks for the selection that one before it owned; what ends with the window of a program is tested
    in processes of its own."""
    if "display" in request.fixturenames:
        monkeypatch.setattr("gui.services.copied_text.keep_copied_text", lambda _root: None)


@pytest.fixture(autouse=True)
def tk_errors(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[BaseException]]:
    """Exceptions in Tk callbacks, which Tk only prints: any left in the list at the end fails the test.

    A test that expects one removes it from the list.
    """
    caught: list[BaseException] = []
    if "display" in request.fixturenames:
        import tkinter

        def remember(
            root: tkinter.Misc, kind: type[BaseException], error: BaseException, trace: TracebackType | None
        ) -> None:
            caught.append(error.with_traceback(trace))

        monkeypatch.setattr(tkinter.Tk, "report_callback_exception", remember)
    yield caught
    if caught:
        raise caught[0]


@functools.cache
def can_make_namespaces() -> bool:
    if sys.platform != "linux" or os.geteuid() != 0 or not is_installed("ip"):
        return False
    return run_program(["unshare", "--net", "true"], capture_output=True).returncode == 0


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Collect the garbage of a test with a window after it, on the main thread.

    Collected on another thread it would call into Tcl from there, which aborts the process; see
    gui/window/garbage.py. Objects that a failure still holds are never collected.
    """
    if "display" not in getattr(item, "fixturenames", ()):
        return (yield)
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("netns") and not can_make_namespaces():
        pytest.skip("needs root and `ip netns`")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "display" in getattr(item, "fixturenames", ()):
            item.add_marker("display")


class FailuresAtOnce:
    """Print each failure at once: a run that is cut short has then reported what it knew."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        terminal = self.config.pluginmanager.get_plugin("terminalreporter")
        if report.failed and terminal is not None:
            terminal.write_line(
                f"\nFAILED in {report.when}: {report.nodeid}\n{report.longreprtext}", red=True
            )


class SkipsForbidden:
    """Turns a skip of a test that must run in CI into a failed session."""

    def __init__(self) -> None:
        self.skipped: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and report.nodeid.startswith(MUST_RUN_IN_CI):
            self.skipped.append(report.nodeid)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for name in self.skipped:
            terminalreporter.write_line(f"SKIPPED, and in CI it must run: {name}", red=True)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.skipped and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_configure(config: pytest.Config) -> None:
    if IN_CI and not hasattr(config, "workerinput"):
        config.pluginmanager.register(SkipsForbidden())
        config.pluginmanager.register(FailuresAtOnce(config))
