"""A relay's settings as people see and type them: percent, milliseconds, and what a slider can reach. No
tkinter here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gui.shared.i18n import N_


@dataclass(frozen=True, slots=True)
class RelaySetting:
    """``factor``: from the setting's own unit to the shown one (a share to percent, seconds to ms).
    ``most``: what the slider's end means, in the shown unit; more can be typed. ``curve``: 1 for even steps,
    more to give small values more room."""

    label: str
    unit: str
    factor: float
    most: float
    curve: float = 1.0
    whole: bool = False

    def shown(self, text: str) -> str:
        """The setting's text, such as "0.2" or "50ms", in the shown unit; what is no number stays."""
        try:
            value = float(text.removesuffix("%").removesuffix("ms"))
        except ValueError:
            return text
        if not text.endswith(("%", "ms")):
            value *= self.factor
        return f"{round(value, 6):g}" if abs(value) < 1e6 else str(round(value))

    def typed(self, text: str) -> str:
        """The setting's text for what was typed in the shown unit; "" for nothing."""
        meant = text.strip()
        try:
            value = float(meant)
        except ValueError:
            return meant
        if value == 0 and not self.whole:
            return ""
        return repr(round(value / self.factor, 9)).removesuffix(".0")

    def position(self, text: str) -> float:
        """Where the slider stands, 0 to 1, for a text in the shown unit."""
        try:
            share = float(text) / self.most
        except ValueError:
            return 0.0
        return float(max(0.0, min(1.0, share)) ** (1 / self.curve))

    def value_at(self, position: float) -> str:
        """The text in the shown unit at this position: two digits that count."""
        value = position**self.curve * self.most
        rounded = float(f"{value:.2g}")
        return f"{round(rounded):d}" if self.whole or rounded >= 10 else f"{rounded:g}"


RELAY_SETTINGS: Mapping[str, RelaySetting] = {
    "loss": RelaySetting(N_("Lost"), "%", 100.0, 100.0, 1.5),
    "burst": RelaySetting(N_("In a row"), N_("(mean)"), 1.0, 50.0, 2.0),
    "delay": RelaySetting(N_("Delay"), "ms", 1000.0, 2000.0, 2.0),
    "jitter": RelaySetting(N_("± Jitter"), "ms", 1000.0, 1000.0, 2.0),
    "rate": RelaySetting(N_("Rate"), N_("a second"), 1.0, 10_000.0, 3.0),
    "queue": RelaySetting(N_("Queue"), N_("places"), 1.0, 1000.0, 2.0, whole=True),
    "double": RelaySetting(N_("Doubled"), "%", 100.0, 100.0, 1.5),
    "reorder": RelaySetting(N_("Overtaken"), "%", 100.0, 50.0, 1.5),
}
NAMED: Mapping[str, str] = {
    "lose": N_("Lost: number"),
    "twice": N_("Doubled: number"),
    "late": N_("Overtaken: number"),
}
"""Settings that name single datagrams; they have no slider."""

STREAM_RATE = RelaySetting(N_("Rate"), "B/s", 1.0, 10_000_000.0, 4.0)


def settings_of(text: str) -> dict[str, str]:
    """The settings of a text, name by name, as they stand in it."""
    pairs = (part.partition("=") for part in text.split("&") if part)
    return {name: value for name, _equals, value in pairs}


def with_setting(text: str, name: str, value: str) -> str:
    """The same settings with another value of one; "" leaves it out."""
    settings = settings_of(text)
    settings.pop(name, None)
    if value:
        settings[name] = value
    return "&".join(f"{each}={written}" for each, written in settings.items())
