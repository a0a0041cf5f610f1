"""The presets' menu under its button: use a preset, save the current choice, or open the dialog."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

from gui.pages.sockets.choice import Choice
from gui.pages.sockets.setup.preset_dialog import PresetDialog
from gui.pages.sockets.setup.preset_store import Preset, Presets
from gui.services.services import Services
from gui.shared.i18n import _
from gui.widgets.menu import MenuEntry, menu_under

MOST_IN_MENU = 12


def presets_of(services: Services) -> Presets:
    return Presets(services.settings.sockets, services.save_settings)


def open_presets(
    widget: tk.Misc, services: Services, choice: Choice, use: Callable[[Choice], None]
) -> tk.Menu:
    """Show the menu below ``widget``; ``use(choice)`` is called when a preset is chosen. Returns the menu."""
    presets = presets_of(services)

    def take(preset: Preset) -> None:
        use(preset.choice)
        services.toast(_("Preset: {name}").format(name=preset.name), "info")

    entries: list[MenuEntry] = [
        (preset.name, lambda preset=preset: take(preset), True)  # type: ignore[misc]
        for preset in presets.listed()[:MOST_IN_MENU]
    ]
    if entries:
        entries.append(None)
    entries += [
        (
            _("Save what is chosen now …"),
            lambda: manage_presets(widget, services, choice, use, name=True),
            True,
        ),
        (_("All presets …"), lambda: manage_presets(widget, services, choice, use), True),
    ]
    return menu_under(widget, entries)


def manage_presets(
    widget: tk.Misc,
    services: Services,
    choice: Choice,
    use: Callable[[Choice], None],
    name: bool = False,
) -> PresetDialog:
    """Open the dialog of all presets; ``name``: with the cursor where the current choice is named."""
    dialog = PresetDialog(widget, services, presets_of(services), choice, use)
    dialog.present()
    if name:
        dialog.name.focus_set()
    return dialog
