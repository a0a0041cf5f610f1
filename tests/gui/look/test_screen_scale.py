"""Type and distances have one scale, whichever way the system tells it. A process has it from its first
window on, so each of these windows has a process of its own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from gui.look.screen_scale import screen_scaling
from tests.programs import run_program

pytestmark = pytest.mark.skipif("sys.platform != 'linux'", reason="the others tell Tk themselves")

SIZES = """
import ttkbootstrap as ttk
from gui.look.apply import apply_theme, first_theme, register
from gui.look.look import S, look
from gui.look.screen_scale import screen_scaling, use_first_font
register()
with screen_scaling() as scaling:
    app = ttk.App(title="test", theme=first_theme("light"), scaling=scaling)
    use_first_font(app)
apply_theme(app, "light")
print(S(100), look().font(10).metrics("linespace"), look().pixel_font(20).metrics("linespace"))
app.update_idletasks()
app.destroy()
"""


def told(folder: Path, dpi: str = "", gdk: str = "") -> dict[str, str]:
    """The environment of a desktop that says so; ``dpi`` as `xrdb -merge` does, for this program alone."""
    file = folder / "settings"
    file.write_text(f"Xft.dpi:\t{dpi}\n" if dpi else "", "utf-8")
    return {"HOME": str(folder), "XENVIRONMENT": str(file), "GDK_SCALE": gdk}


def sizes(said: dict[str, str]) -> tuple[int, int, int]:
    """100 logical units, a line of the usual type, and one of type that is 20 pixels high, in pixels."""
    program = [sys.executable, "-c", SIZES]
    done = run_program(program, env={**os.environ, **said}, capture_output=True, text=True, check=True)
    distance, usual, fixed = map(int, done.stdout.split())
    return distance, usual, fixed


@pytest.mark.parametrize(
    ("dpi", "gdk", "scale"), [("192", "1", 2.0), ("144", "", 1.5), ("", "2", 2.0), ("96", "2", 2.0)]
)
def test_all_sizes_follow(display: str, tmp_path: Path, dpi: str, gdk: str, scale: float) -> None:
    distance, usual, fixed = sizes(told(tmp_path))
    scaled = sizes(told(tmp_path, dpi, gdk))
    assert scaled[0] == pytest.approx(distance * scale, abs=1)
    assert scaled[1] == pytest.approx(usual * scale, abs=2)
    assert scaled[2] == pytest.approx(fixed, abs=1)


@pytest.mark.parametrize(("dpi", "gdk"), [("much", "many"), ("-96", "-1"), ("9999999", "99"), ("nan", "")])
def test_nonsense_is_not_followed(
    display: str, tmp_path: Path, dpi: str, gdk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in told(tmp_path, dpi, gdk).items():
        monkeypatch.setenv(name, value)
    with screen_scaling() as scaling:
        assert scaling is None
