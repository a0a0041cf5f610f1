"""Programs that do what no program should: all is said in words, and nothing is left running."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from net.events import FaultKind
from net.lab.commands import MakeMoves, RunFile, StepOnce, StopRun
from net.lab.recording import Call, Ended, Header, Printed, RecordedEvent, Returned, Trouble
from net.lab.recording_file import read_recording, write_recording
from net.lab.run.channel import HookDoor
from net.lab.run.process import OUTPUT_LIMIT, ChildProcess
from net.lab.run.program import CALLS_LIMIT
from net.lab.run.run import MOVE_SECONDS, Run
from net.loop.outlet import EventQueue, Outlet
from tests.net.lab.run.lab_rig import LabRig, processes_of
from tests.programs import ROOT, running_programs
from tests.waiting import wait_until

posix_only = pytest.mark.skipif(os.name != "posix", reason="POSIX's own ways to get away")

# --- Programs that leave something behind ---


@posix_only
def test_a_program_whose_child_holds_its_output_is_not_said_to_be_out_of_touch(lab: LabRig) -> None:
    run = lab.start(
        parent="""\
        import os, time
        if os.fork() == 0:
            os.setsid()
            time.sleep(1000)
        print("over")
        """
    )
    run.make("all run", "all end")
    assert [each.code for each in run.of(Trouble)] == ["forked"]
    assert [(each.code, each.stopped) for each in run.of(Ended)] == [(0, False)]


# --- Programs that will not end ---

STUBBORN = {
    "ignores signals": """\
        import signal
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        print("up")
        while True:
            signal.pause()
        """,
    "holds the interpreter": """\
        import re
        print("up")
        re.match(r"(a+)+$", "a" * 60 + "b")
        """,
    "forks": """\
        import os, time
        os.fork()
        os.fork()
        print("up")
        time.sleep(1000)
        """,
    "leaves its session": """\
        import os, time
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                print("up")
                time.sleep(1000)
            os._exit(0)
        time.sleep(1000)
        """,
    "becomes a daemon": """\
        import os, time
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                for fd in range(3):
                    os.close(fd)
                time.sleep(1000)
            os._exit(0)
        print("up")
        """,
    "starts others": """\
        import subprocess, sys, time
        sleeper = [sys.executable, "-c", "import time; time.sleep(1000)"]
        subprocess.Popen(sleeper, start_new_session=True)
        subprocess.Popen(sleeper)
        print("up")
        time.sleep(1000)
        """,
    "spins in threads": """\
        import threading
        def spin():
            while True:
                pass
        for _ in range(4):
            threading.Thread(target=spin).start()
        print("up")
        """,
}


@posix_only
@pytest.mark.parametrize("way", STUBBORN)
@pytest.mark.parametrize("by", ["StopRun", "the engine's stop"])
def test_all_processes_end(lab: LabRig, way: str, by: str) -> None:
    run = lab.start(stubborn=STUBBORN[way])
    run.make("stubborn runs")
    run.wait(lambda: "up" in run.printed(), "its start")
    if by == "StopRun":
        run.stop()
        assert processes_of(lab.mark) == []
    # Else the rig stops the engine, and looks.
    if way in ("forks", "leaves its session", "becomes a daemon", "starts others"):
        run.wait(lambda: "forked" in run.troubles(), "the trouble")


@posix_only
def test_what_an_ended_program_has_started_ends_with_the_run(lab: LabRig) -> None:
    run = lab.start(
        parent="""\
        import subprocess, sys
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"], start_new_session=True)
        """
    )
    run.make("parent ends")
    run.stop()
    assert processes_of(lab.mark) == []


def test_a_killed_duplex_leaves_no_program(lab: LabRig) -> None:
    lab.write("sleeps.py", "import time\ntime.sleep(1000)\n")
    duplex = lab.write(
        "duplex.py",
        f"""\
        from net.engine import Engine
        from net.lab.commands import MakeMoves, RunFile, StartRun
        engine = Engine()
        engine.submit(StartRun(1, files=(RunFile("sleeps", {str(lab.folder / "sleeps.py")!r}),)))
        engine.submit(MakeMoves(1, ("sleeps in sleep 1",)))
        while True:
            print(engine.events.get(), flush=True)
        """,
    )
    with running_programs() as programs:
        program = programs.start(sys.executable, duplex, PYTHONPATH=str(ROOT))
        program.wait_for("MovesMade")
        assert len(processes_of(lab.mark)) == 2
        program.process.kill()
        wait_until(lambda: processes_of(lab.mark) == [], what="the program's end")


def test_a_killed_duplex_leaves_none_of_forty_programs_that_are_not_seen(lab: LabRig) -> None:
    duplex = lab.write(
        "duplex.py",
        """\
        from net.engine import Engine
        from net.lab.commands import MakeMoves, StartRun
        from net.lab.lesson_files import load_lesson
        engine = Engine()
        engine.submit(StartRun(1, "one-road", load_lesson("one-road").scenes[0]))
        engine.submit(MakeMoves(1, ("all run",)))
        while True:
            print(engine.events.get(), flush=True)
        """,
    )
    with running_programs() as programs:
        program = programs.start(sys.executable, duplex, PYTHONPATH=str(ROOT))
        program.wait_for("MovesMade")
        assert len(processes_of(lab.mark)) > 40
        program.process.kill()
        wait_until(lambda: processes_of(lab.mark) == [], what="the programs' end")


def test_a_run_that_is_stopped_while_something_happens_ends(tmp_path: Path) -> None:
    path = tmp_path / "says.py"
    path.write_text("import time\nprint('said')\ntime.sleep(1000)\n", "utf-8")

    async def stopped() -> bool:
        loop = asyncio.get_running_loop()
        door = HookDoor(loop, Outlet(loop, EventQueue()))
        run = Run(loop, door, lambda _events, _size: None, files=(RunFile("says", str(path)),))
        await run.begin()
        moving = loop.create_task(run.make("says ends"))

        def stop(event: RecordedEvent) -> None:
            if isinstance(event, Printed):
                loop.call_soon(moving.cancel)

        run.subscribe(stop)
        await asyncio.wait({moving}, timeout=MOVE_SECONDS / 2)
        cancelled = moving.cancelled()
        await run.stop()
        await door.close()
        return cancelled

    assert asyncio.run(stopped())


def test_a_process_that_was_stopped_before_it_was_started_ends(tmp_path: Path) -> None:
    async def stopped() -> list[int]:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(1))
        busy = threading.Event()
        loop.run_in_executor(None, busy.wait)
        ended: asyncio.Future[int] = loop.create_future()
        process = ChildProcess(loop, lambda *_said: None, lambda: None, ended.set_result)
        starting = loop.create_task(process.start([sys.executable, "-c", ""], tmp_path, "1:1", {}))
        await asyncio.sleep(0)
        starting.cancel()
        await asyncio.wait({starting})
        process.stop()
        busy.set()
        await asyncio.wait({ended}, timeout=5)
        return [process.pid, ended.done()]

    assert asyncio.run(stopped()) == [0, True]


# --- The hook under attack ---


@posix_only
def test_the_channel_outlives_a_program_that_closes_everything(lab: LabRig) -> None:
    run = lab.start(
        closes="""\
        import os, resource, socket, sys
        os.closerange(3, 4096)
        for fd in range(3, 512):
            try:
                os.close(fd)
            except OSError:
                pass
        sys.stdout = open(os.devnull, "w")
        os.dup2(1, 5)
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.sendto(b"x", ("127.0.0.1", 9))
        """
    )
    run.make("closes before sendto 1", "closes ends")
    assert [call.name for call in run.of(Call)] == ["socket", "sendto"]
    assert run.troubles() == {}


@posix_only
def test_a_program_that_breaks_the_channel_is_said_to_be_unseen(lab: LabRig) -> None:
    run = lab.start(
        breaks="""\
        import posix, time
        for fd in range(3, 300):
            try:
                posix.close(fd)
            except OSError:
                pass
        print("done")
        time.sleep(1000)
        """
    )
    run.make("breaks runs")
    run.wait(lambda: "hook-lost" in run.troubles(), "the trouble")
    assert run.troubles()["hook-lost"] == {"who": "breaks"}
    run.wait(lambda: run.printed() == "done\n", "it to run on")


def test_a_program_that_replaces_what_the_hook_uses(lab: LabRig) -> None:
    run = lab.start(
        replaces="""\
        import json, socket, sys, time, threading
        json.dumps = json.JSONEncoder = None
        time.perf_counter = time.monotonic = None
        sys._getframe = None
        threading.Lock = None
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.close()
        """
    )
    run.make("replaces before close 1", "replaces ends")
    assert run.of(Ended)[0].code == 0 and run.troubles() == {}


def test_a_program_that_exits_at_once(lab: LabRig) -> None:
    run = lab.start(exits="import os\nos._exit(7)\n", says="import sys\nsys.exit('bye')\n")
    run.make("all end")
    codes = {event.who: event.code for event in run.of(Ended)}
    assert codes == {"exits": 7, "says": 1}
    assert run.printed("says") == "bye\n"


# --- Floods ---


def test_a_hundred_megabytes_of_output_are_not_kept(lab: LabRig) -> None:
    run = lab.start(
        prints="""\
        line = "x" * 99_999
        for _ in range(1000):
            print(line)
        """
    )
    run.make("prints ends")
    assert run.troubles() == {"too-much-output": {"who": "prints", "bytes": str(OUTPUT_LIMIT)}}
    assert len(run.printed()) == OUTPUT_LIMIT
    assert run.of(Ended)[0].code == 0


def test_a_flood_of_calls_is_recorded_up_to_a_limit(lab: LabRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("net.lab.run.program.CALLS_LIMIT", 500)
    run = lab.start(
        floods="""\
        import socket
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind(("127.0.0.1", 0))
        for number in range(20_000):
            s.sendto(b"x", s.getsockname())
        print("done")
        """
    )
    run.make("floods ends")
    assert run.troubles() == {"too-many-calls": {"who": "floods"}}
    assert 500 <= len(run.of(Call)) < 5000 <= CALLS_LIMIT
    assert run.printed() == "done\n"


def test_a_gigabyte_between_two_programs_is_not_kept(lab: LabRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("net.lab.run.program.DATA_LIMIT", 2_000_000)
    run = lab.start(
        server="""\
        import socket
        listener = socket.create_server(("127.0.0.1", 23471))
        connection, _ = listener.accept()
        size = 0
        while data := connection.recv(1 << 20):
            size += len(data)
        print(size)
        """,
        client="""\
        import socket
        s = socket.create_connection(("127.0.0.1", 23471))
        block = bytes(10_000_000)
        for _ in range(100):
            s.sendall(block)
        """,
    )
    run.make("server in accept 1", "all run")
    run.wait(lambda: run.printed("server") == "1000000000\n", "the gigabyte")
    assert sum(len(event.data) for event in run.of(Returned, "server")) < 2_200_000
    assert run.calls("client", "sendall")[0].size == 10_000_000
    assert len(run.calls("client", "sendall")[0].data) == 65536
    assert "too-many-calls" in run.troubles()


# --- Files ---


def test_a_syntax_error_is_said_with_its_line(lab: LabRig) -> None:
    run = lab.start(wrong="import socket\nprint('a'\ns = 1\n")
    run.make("wrong ends")
    trouble = run.troubles()["syntax-error"]
    assert trouble["who"] == "wrong" and trouble["line"] in ("2", "3") and trouble["message"]
    assert "SyntaxError" in run.printed(error=True) and 'File "wrong.py"' in run.printed(error=True)
    assert run.of(Ended)[0].code == 1


def test_a_missing_module_is_said_by_name(lab: LabRig) -> None:
    run = lab.start(wants="import no_such_module_here\n")
    run.make("wants ends")
    assert run.troubles()["module-missing"] == {"who": "wants", "module": "no_such_module_here"}


def test_a_file_named_like_a_module_is_said_and_run(lab: LabRig) -> None:
    run = lab.start(socket="import socket\ns = socket.socket()\ns.close()\n")
    run.make("socket ends")
    assert run.troubles() == {"named-like-module": {"file": "socket.py", "module": "socket"}}
    assert run.of(Ended)[0].code == 0


@pytest.mark.parametrize("coding", ["", "# -*- coding: gbk -*-\n"])
def test_a_file_saved_as_gbk_runs(lab: LabRig, coding: str) -> None:
    path = lab.folder / "gbk.py"
    path.write_bytes(f"{coding}# 打个招呼\nprint('你好')\n1 / 0\n".encode("gbk"))
    run = lab.start_files(RunFile("gbk", str(path)))
    run.make("gbk ends")
    assert run.printed(error=False) == "你好\n"
    assert "    1 / 0" in run.printed(error=True)
    assert run.troubles() == ({} if coding else {"saved-as-gbk": {"file": "gbk.py"}})
    assert "你好" in run.of(Header)[0].programs[0].text


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00a\x00b", b"x = '\xff\xff\x80'\n"])
def test_a_file_that_is_no_text_begins_no_run(lab: LabRig, content: bytes | None) -> None:
    path = lab.folder / "noise.py"
    if content is not None:
        path.write_bytes(content)
    run = lab.start_files(RunFile("noise", str(path)))
    fault = run.ended().fault
    assert fault is not None and fault.kind is FaultKind.FILE_UNREADABLE
    code = "file-gone" if content is None else "not-readable"
    assert run.troubles() == {code: {"file": "noise.py"}}


def test_what_is_no_character_does_not_spoil_the_recording(lab: LabRig, tmp_path: Path) -> None:
    run = lab.start(
        odd="""\
        import importlib, socket
        s = socket.socket()
        try:
            s.connect(("\\ud800", 1))
        except Exception:
            importlib.import_module("\\ud800")
        """
    )
    run.make("odd ends")
    run.stop()
    assert [call.address for call in run.calls("odd", "connect")] == ["?:1"]
    assert run.troubles() == {"module-missing": {"who": "odd", "module": "?"}}
    write_recording(tmp_path / "odd.jsonl", run.events)
    assert read_recording(tmp_path / "odd.jsonl").events == tuple(run.events)


def test_a_file_deleted_meanwhile_runs_as_it_was_read(lab: LabRig) -> None:
    run = lab.start(gone="import os\nprint('still here')\n", other="import time\ntime.sleep(0.01)\n")
    run.make("other starts")
    (lab.folder / "gone.py").unlink()
    run.make("gone ends")
    assert run.printed("gone") == "still here\n"


# --- Pythons ---


def test_a_python_that_is_none(lab: LabRig) -> None:
    run = lab.start(python=str(lab.folder / "python"), any="print()\n")
    assert run.ended().fault is not None
    assert run.troubles() == {"no-python": {"python": str(lab.folder / "python")}}


@posix_only
@pytest.mark.parametrize("version", ["2.7.18", "3.7.4"])
def test_a_python_that_is_too_old(lab: LabRig, version: str) -> None:
    old = lab.folder / "python"
    old.write_text(f"#!{sys.executable}\nprint('{version}', end='')\n")
    old.chmod(0o755)
    run = lab.start(python=str(old), any="print()\n")
    assert run.ended().fault is not None
    assert run.troubles() == {"python-too-old": {"python": str(old), "version": version}}


# --- What stays after it ---


def test_short_runs_leave_nothing(lab: LabRig) -> None:
    files = len(os.listdir("/proc/self/fd")) if sys.platform == "linux" else 0
    for _turn in range(10):
        run = lab.start(short="import socket\ns = socket.socket()\ns.close()\n")
        run.make("short ends")
        run.stop()
        run.ended()
    assert processes_of(lab.mark) == []
    if sys.platform == "linux":
        wait_until(lambda: len(os.listdir("/proc/self/fd")) <= files + 4, what="the descriptors")


def test_commands_for_a_run_that_is_not_there_do_nothing(lab: LabRig) -> None:
    run = lab.start(short="print(1)\n")
    run.make("short ends")
    run.stop()
    for command in (MakeMoves(run.number, ("all run",)), StepOnce(99), StopRun(run.number)):
        lab.engine.submit(command)
    run.type("short", "x")
    other = lab.start(short="print(2)\n")
    other.make("short ends")
    assert other.printed() == "2\n"
    run.ended()
    assert run.of(Printed)
