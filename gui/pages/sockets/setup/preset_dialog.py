"""All presets: use, save, rename, copy, delete (or hide), export to a file, import from one."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from pathlib import Path
from tkinter import filedialog

import ttkbootstrap as ttk

from gui.look.look import S
from gui.pages.sockets.choice import Choice
from gui.pages.sockets.setup.preset_store import MAX_FILE_BYTES, Preset, PresetError, Presets
from gui.services.services import Services
from gui.shared import wording
from gui.shared.i18n import _, ngettext
from gui.shared.settings import write_atomically
from gui.widgets.banner import Banner
from gui.widgets.dialog import Dialog, DialogButton
from gui.widgets.field import FieldEntry
from gui.widgets.session_list import SessionItem, SessionList
from gui.widgets.tk_paths import path_of
from gui.widgets.tooltip import Tooltip
from gui.widgets.wrapping_label import WrappingLabel
from net.protocol.codec import clean_text

NAMES_IN_A_MESSAGE = 4


def preset_error_text(error: PresetError) -> str:
    """What is wrong, and what would be right."""
    texts = {
        "name_empty": _("A preset needs a name."),
        "name_long": _("The name is too long: {number} characters are enough for anyone to read."),
        "name_taken": _("There is already a preset called “{value}”."),
        "many": _("There can be {number} presets, and that many are here."),
        "not_text": _("The file is not text in UTF-8. Nothing was changed."),
        "not_json": _("The file is not JSON: line {number}, column {column}. Nothing was changed."),
        "large": _("The file is too large to be presets. Nothing was changed."),
        "format": _("The file is JSON, but holds no presets of Duplex. Nothing was changed."),
        "version": _("The presets have version {value}, and this Duplex knows 1. Nothing was changed."),
        "no_list": _("The file holds no list of presets. Nothing was changed."),
        "none": _("The file holds no presets."),
        "entry": _("Preset {number} of the file has not the form of one. Nothing was changed."),
        "entry_name": _("Preset {number} of the file has no usable name. Nothing was changed."),
        "entry_field": _("Preset {number} of the file: “{value}” is wrong. Nothing was changed."),
    }
    return texts[error.kind].format(value=error.value, number=error.number, column=error.column)


def preset_summary(choice: Choice) -> str:
    """Transport, role and address in one line."""
    host, port = clean_text(choice.host.strip()), clean_text(choice.port.strip())
    where = f"[{host}]:{port}" if ":" in host and not host.startswith("[") else f"{host}:{port}"
    return f"{wording.transport_text(choice.wire)} · {wording.role_text(choice.role_kind)} · {where}"


class PresetDialog(Dialog):
    """`use(choice)` is called to use a preset; the dialog does everything else itself."""

    def __init__(
        self,
        master: tk.Misc,
        services: Services,
        presets: Presets,
        choice: Choice,
        use: Callable[[Choice], None],
    ) -> None:
        super().__init__(
            master,
            _("Presets"),
            buttons=(
                DialogButton(_("Close"), "close"),
                DialogButton(_("Use this one"), "use", "primary", default=True),
            ),
            may_close=self._may_close,
            width=460,
        )
        self.services = services
        self.presets = presets
        self.choice = choice
        self.use = use
        self.undo: Callable[[], None] | None = None
        self._items: list[Preset] = []
        self._renaming: Preset | None = None
        self._build()
        self.reload()

    def _build(self) -> None:
        self.caption = WrappingLabel(self.content, "InS.TLabel")
        self.caption.pack(fill="x", pady=(0, S(4)))
        row = ttk.Frame(self.content, style="In.TFrame")
        row.pack(fill="x")
        self.name = FieldEntry(row, _("Name for what is chosen now"), "bookmark-plus", on_enter=self._named)
        self.name.on_change = lambda _text: self._show_possible()
        self.name.pack(side="left", fill="x", expand=True)
        self.cancel_button = ttk.Button(
            row, style="Link.TButton", text=_("Cancel"), command=self.stop_renaming
        )
        self.save_button = ttk.Button(
            row, style="Secondary.TButton", text=_("Save"), command=lambda: self._named(self.name.value)
        )
        self.save_button.pack(side="right", anchor="n", padx=(S(8), 0))
        self.message = Banner(self.content, "", "info", on_action=self._undo, on_close=self._hide_message)
        self.list = SessionList(self.content, on_choose=lambda _item: self._show_possible())
        self.list.configure(height=S(230))
        self.list.pack_propagate(False)
        self.list.pack(fill="both", expand=True, pady=(S(10), 0))
        self.list.on_open = lambda _row: self.close("use")
        self.nothing = WrappingLabel(self.list, "InS.TLabel", justify="center", anchor="center")
        self.nothing.show(_("All built-in presets are hidden, and there are none of your own."))
        tools = ttk.Frame(self.content, style="In.TFrame")
        tools.pack(fill="x", pady=(S(6), 0))
        self.tools: dict[str, ttk.Button] = {}
        entries: Sequence[tuple[str, str, str, Callable[[], object]]] = (
            ("rename", "pencil", _("Rename"), self.start_renaming),
            ("copy", "copy", _("Make a copy"), self.duplicate),
            ("remove", "trash3", _("Delete"), self.remove),
            ("import", "box-arrow-in-down", _("Import from a file …"), self.ask_and_import),
            ("export", "box-arrow-up", _("Export all to a file …"), self.ask_and_export),
        )
        self.tips: dict[str, Tooltip] = {}
        for name, icon, text, action in entries:
            button = ttk.Button(
                tools, style="Icon.TButton", icon=icon, icon_only=True, icon_size=16, command=action
            )
            button.pack(side="left", padx=(S(12) if name == "import" else 0, S(2)))
            self.tools[name] = button
            self.tips[name] = Tooltip(button, text)
        self.show_again = ttk.Button(
            tools, style="Link.TButton", text=_("Show the built-in ones"), command=self._show_bundled
        )

    # --- Content ---

    def reload(self, current: str = "") -> None:
        """Show the present list, with the preset called ``current`` selected."""
        self._items = self.presets.listed()
        items = [
            SessionItem(
                key,
                preset.name,
                preset_summary(preset.choice),
                "normal",
                bytes_text=_("built in") if preset.bundled else "",
                icon="bookmark-star" if preset.bundled else "bookmark",
            )
            for key, preset in enumerate(self._items)
        ]
        self.list.set_items(items)
        names = [preset.name for preset in self._items]
        at = names.index(current) if current in names else min(self.list.current or 0, len(items) - 1)
        self.list.choose(at if items else None)
        if items:
            self.nothing.place_forget()
        else:
            self.nothing.place(relx=0.5, rely=0.5, anchor="center", relwidth=0.8)
        if self.presets.some_hidden:
            self.show_again.pack(side="right")
        else:
            self.show_again.pack_forget()
        self._show_possible()

    @property
    def chosen(self) -> Preset | None:
        at = self.list.current
        return self._items[at] if at is not None and 0 <= at < len(self._items) else None

    def _show_possible(self) -> None:
        preset = self.chosen
        own = preset is not None and not preset.bundled
        self.tools["rename"].configure(state="normal" if own else "disabled")
        self.tools["copy"].configure(state="normal" if preset else "disabled")
        self.tools["remove"].configure(state="normal" if preset else "disabled")
        self.tools["remove"].configure(icon="eye-slash" if preset and preset.bundled else "trash3")
        self.tips["remove"].retext(_("Hide") if preset and preset.bundled else _("Delete"))
        self.tools["export"].configure(state="normal" if self._items else "disabled")
        self.buttons["use"].configure(state="normal" if preset else "disabled")
        if self._renaming is None:
            self.caption.show(_("Chosen now: {choice}").format(choice=preset_summary(self.choice)))
        else:
            self.caption.show(_("New name for “{name}”:").format(name=self._renaming.name))
        self.save_button.configure(state="normal" if self.name.value.strip() else "disabled")

    def _show_message(self, text: str, tone: str, action: str = "") -> None:
        self.message.pack_forget()
        self.message.show(text, tone, action)  # type: ignore[arg-type]
        self.message.pack(fill="x", pady=(S(8), 0), before=self.list)

    def _hide_message(self) -> None:
        self.undo = None
        self.message.pack_forget()

    # --- Actions ---

    def _named(self, name: str) -> None:
        try:
            if self._renaming is not None:
                kept = self.presets.rename(self._renaming, name)
            else:
                kept = self.presets.save(name, self.choice)
        except PresetError as error:
            self.name.set_error(preset_error_text(error))
            return
        self._hide_message()
        self.stop_renaming()
        self.reload(kept.name)

    def start_renaming(self) -> None:
        preset = self.chosen
        if preset is None or preset.bundled:
            return
        self._renaming = preset
        self.name.set(preset.name)
        self.name.focus_set()
        self.name.entry.selection_range(0, "end")
        self.cancel_button.pack(side="right", anchor="n", before=self.save_button)
        self._show_possible()

    def stop_renaming(self) -> None:
        self._renaming = None
        self.name.set("")
        self.cancel_button.pack_forget()
        self._show_possible()

    def duplicate(self) -> None:
        preset = self.chosen
        if preset is None:
            return
        try:
            copy = self.presets.duplicate(preset)
        except PresetError as error:
            self._show_message(preset_error_text(error), "error")
            return
        self.reload(copy.name)

    def remove(self) -> None:
        """Delete the selected preset, or hide a bundled one; a button undoes it."""
        preset = self.chosen
        if preset is None:
            return
        at = None if preset.bundled else self.presets.index(preset)
        self.presets.remove(preset)
        if self._renaming == preset:
            self.stop_renaming()

        def undo() -> None:
            self.presets.put_back(preset, at)
            self.reload(preset.name)

        self.undo = undo
        text = _("“{name}” is hidden.") if preset.bundled else _("“{name}” has been deleted.")
        self._show_message(text.format(name=preset.name), "info", _("Undo"))
        self.reload()

    def _undo(self) -> None:
        undo, self.undo = self.undo, None
        self._hide_message()
        if undo is not None:
            undo()

    def _show_bundled(self) -> None:
        self._hide_message()
        self.presets.show_bundled()
        self.reload()

    def ask_and_import(self) -> None:
        chosen = filedialog.askopenfilename(
            parent=self,
            title=_("Import presets"),
            filetypes=[(_("JSON files"), "*.json"), (_("All files"), "*")],
        )
        if chosen:
            self.import_file(path_of(chosen))

    def import_file(self, path: Path) -> bool:
        """Import the presets of a file; if that fails, show why and return False."""
        try:
            with path.open("rb") as file:
                data = file.read(MAX_FILE_BYTES + 1)
            added, renamed = self.presets.import_data(data)
        except OSError as error:
            detail = clean_text(error.strerror or str(error))
            self._show_message(_("{path} can't be read: {detail}").format(path=path, detail=detail), "error")
            return False
        except PresetError as error:
            self._show_message(preset_error_text(error), "error")
            return False
        self._show_message(_imported_text(len(added), renamed), "ok")
        self.reload(added[-1].name if added else "")
        return True

    def ask_and_export(self) -> None:
        chosen = filedialog.asksaveasfilename(
            parent=self,
            title=_("Export presets"),
            defaultextension=".json",
            initialfile="duplex-presets.json",
            filetypes=[(_("JSON files"), "*.json")],
        )
        if chosen:
            self.export_file(path_of(chosen))

    def export_file(self, path: Path) -> bool:
        """Export all listed presets; if that fails, show why and return False."""
        try:
            write_atomically(path, self.presets.export_text())
        except OSError as error:
            detail = clean_text(error.strerror or str(error))
            self._show_message(
                _("{path} can't be written: {detail}").format(path=path, detail=detail), "error"
            )
            return False
        self._show_message(_("Saved: {path}").format(path=path), "ok")
        return True

    def _may_close(self, value: str) -> bool:
        if value != "use":
            return True
        preset = self.chosen
        if preset is None:
            return False
        self.use(preset.choice)
        return True


def _imported_text(count: int, renamed: Sequence[tuple[str, str]]) -> str:
    if not count:
        return _("All of these presets are here already.")
    text = ngettext("{count} preset was added.", "{count} presets were added.", count).format(count=count)
    for before, now in renamed[:NAMES_IN_A_MESSAGE]:
        text += "\n" + _("“{before}” was taken, so it is now “{now}”.").format(before=before, now=now)
    if len(renamed) > NAMES_IN_A_MESSAGE:
        more = len(renamed) - NAMES_IN_A_MESSAGE
        text += "\n" + ngettext("And {count} more.", "And {count} more.", more).format(count=more)
    return text
