"""Pictures of the window's states: `python -m tests.shots [STATE ...] [--variant NAME ...] [--pictures]`.

Writes build/shots/VARIANT/STATE.png and a contact sheet of each variant; ``--pictures`` instead makes those
of the README again, into docs/pictures.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image, ImageDraw

import dev
from tests.programs import run_program
from tests.shots.stage import Stage, State, Variant
from tests.shots.states import STATES

SHOTS = dev.ROOT / "build" / "shots"
PICTURES = dev.ROOT / "docs" / "pictures"
EVERYTHING = [Variant(theme, lang) for theme in ("light", "dark") for lang in ("en", "zh_CN")]
SELECTION = [
    Variant("light", "zh_CN", (960, 620)),
    Variant("dark", "en", None),
    Variant("light", "en", (1200, 800), projector=True),
]
VARIANTS = {variant.name: variant for variant in (*EVERYTHING, *SELECTION)}
README = {
    "sockets-light-en": (Variant("light", "en"), "lively"),
    "sockets-light-zh": (Variant("light", "zh_CN"), "lively"),
    "sockets-dark-en": (Variant("dark", "en"), "lively"),
    "chat-light-zh": (Variant("light", "zh_CN"), "chat-lively"),
    "chat-dark-en": (Variant("dark", "en"), "chat-lively"),
}
ON_SHEET = (520, 3)
"""The width of one picture on a contact sheet, and how many stand side by side."""
PER_SHEET = 12


def shoot(variant: Variant, states: Sequence[State], folder: Path, name: str = "") -> list[str]:
    """Take the pictures of one variant in this process; the states that failed."""
    folder.mkdir(parents=True, exist_ok=True)
    failed = []
    with tempfile.TemporaryDirectory(prefix="duplex-shots-") as place:
        stage = Stage(variant, Path(place))
        for state in states:
            try:
                state.make(stage)
                stage.picture().save(folder / f"{name or state.name}.png")
            except Exception as error:
                failed.append(f"{variant.name}/{state.name}: {type(error).__name__}: {error}")
            stage.reset()
        stage.end()
    return failed


def contact_sheets(folder: Path, names: Sequence[str], variant: str) -> None:
    """Beside the folder, as many as it takes."""
    taken = [name for name in names if (folder / f"{name}.png").exists()]
    size, across = PER_SHEET, ON_SHEET[1]
    for number, start in enumerate(range(0, len(taken), size), start=1):
        pictures = [(name, Image.open(folder / f"{name}.png")) for name in taken[start : start + size]]
        wide = ON_SHEET[0]
        high = max(picture.height * wide // picture.width for _, picture in pictures) + 16
        sheet = Image.new("RGB", (wide * across, high * -(-len(pictures) // across)), "#808080")
        pen = ImageDraw.Draw(sheet)
        for place, (name, picture) in enumerate(pictures):
            left, top = place % across * wide, place // across * high
            sheet.paste(picture.resize((wide - 4, high - 18)), (left, top + 15))
            pen.text((left + 4, top + 1), name, fill="white")
        sheet.save(folder.parent / f"sheet-{variant}-{number}.png")


def child(name: str, words: Sequence[str]) -> int:
    """Another process on a screen of its own: one process can have one window."""
    command = [sys.executable, "-m", "tests.shots", "--here", *words]
    if sys.platform != "linux":
        return run_program(command, cwd=dev.ROOT).returncode
    with dev.virtual_screen() as display:
        return run_program(["env", f"DISPLAY={display}", *command], cwd=dev.ROOT).returncode


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.shots")
    parser.add_argument("states", nargs="*", metavar="STATE", help=", ".join(state.name for state in STATES))
    parser.add_argument("--variant", action="append", choices=[*VARIANTS], default=[])
    parser.add_argument("--pictures", action="store_true", help="make the README's pictures again")
    parser.add_argument("--here", choices=[*VARIANTS, *README], help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    began = time.monotonic()
    if chosen.here in README:
        variant, name = README[chosen.here]
        return report(shoot(variant, [one for one in STATES if one.name == name], PICTURES, chosen.here))
    if chosen.here:
        variant = VARIANTS[chosen.here]
        states = [state for state in STATES if wanted(state, variant, chosen.states)]
        folder = SHOTS / variant.name
        failed = shoot(variant, states, folder)
        contact_sheets(folder, [state.name for state in states], variant.name)
        return report(failed)
    names = [*README] if chosen.pictures else chosen.variant or [*VARIANTS]
    side_by_side = 2 if sys.platform == "linux" and not chosen.pictures else 1
    with ThreadPoolExecutor(side_by_side) as pool:
        codes = [*pool.map(lambda name: child(name, [name, *chosen.states]), names)]
    print(f"{PICTURES if chosen.pictures else SHOTS}: {time.monotonic() - began:.0f} s")
    return max(codes)


def wanted(state: State, variant: Variant, names: Sequence[str]) -> bool:
    return state.name in names if names else state.everywhere or variant in EVERYTHING


def report(failed: Sequence[str]) -> int:
    for line in failed:
        print(line, file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
