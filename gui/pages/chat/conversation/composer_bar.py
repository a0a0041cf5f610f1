"""Where a chat message is written: text, emoji, the quoted message it replies to, and attached files."""

from __future__ import annotations

import time
import tkinter as tk
from collections.abc import Callable, Sequence
from pathlib import Path
from tkinter import filedialog

import ttkbootstrap as ttk
from PIL import Image, ImageTk

from gui.look.look import S, look
from gui.look.words import follow_language
from gui.pages.chat.conversation.emoji_picker import EmojiPicker
from gui.pages.chat.conversation.pasted import keep_picture
from gui.pages.chat.conversation.rows import ChatRow
from gui.pages.chat.conversation.sending import MessageSender
from gui.pages.chat.portraits import PICTURES
from gui.services.clipboard import copied_files, copied_picture
from gui.services.services import Services
from gui.shared.i18n import _, ngettext
from gui.shared.portrait import MOST_PIXELS
from gui.widgets.composer import Composer
from gui.widgets.icon_tools import icon_tools
from gui.widgets.text_fit import fit, short_name
from gui.widgets.tk_paths import path_of
from net.protocol.chat.filenames import offered_name

TYPING_MS = 2500
"""While the person types, the others are notified at most this often."""


class ComposerBar(ttk.Frame):
    """``sender``: what takes a message that is sent; ``over``: what the emoji picker may cover."""

    def __init__(self, master: tk.Misc, services: Services, sender: MessageSender, over: tk.Misc) -> None:
        super().__init__(master, style="In.TFrame")
        self.services = services
        self.reply: ChatRow | None = None
        self.files: list[Path] = []
        self.picker: EmojiPicker | None = None
        self._sender = sender
        self._over = over
        self._typed = 0.0
        self._enabled = True
        self._hint = ""
        self._thumbnail: ImageTk.PhotoImage | None = None
        self._strip_image: ImageTk.PhotoImage | None = None
        self._build_strip()
        self.composer = Composer(self, on_send=self._send, on_change=self._changed, lines=2)
        self.composer.pack(fill="x", pady=(S(6), 0))
        self.composer.on_untaken = self._send_without_text
        self.composer.enter_sends = services.settings.enter_sends
        self.composer.accept_files(self.attach)
        self.composer.text.bind("<<Paste>>", self._paste)
        self.composer.text.bind("<Escape>", lambda _e: self.clear_extras())
        self._build_buttons()
        services.on_settings_change(self._settings_changed)
        look().watch(self, self._show_strip)
        follow_language(self, self._set_words)

    def _build_strip(self) -> None:
        self.strip = ttk.Frame(self, style="Tile.TFrame", padding=(S(10), S(6)))
        self.picture = ttk.Label(self.strip, style="Soft.TLabel")
        self.strip_icon = ttk.Label(self.strip, style="Soft.TLabel")
        self.strip_icon.pack(side="left", padx=(0, S(8)))
        self.strip_text = ttk.Label(self.strip, style="SoftS.TLabel", anchor="w", width=4)
        self.strip_text.pack(side="left", fill="x", expand=True)
        self.strip_close = ttk.Button(
            self.strip, style="Soft.Icon.TButton", icon="x-lg", icon_only=True, icon_size=11,
            command=self.clear_extras,
        )  # fmt: skip
        self.strip_close.pack(side="right")
        self.strip_text.bind("<Configure>", lambda _e: self._show_strip_text())

    def _build_buttons(self) -> None:
        tools: tuple[tuple[str, str, Callable[[], object]], ...] = (
            ("emoji", "emoji-smile", self.toggle_emoji),
            ("file", "plus-circle", self.choose_files),
        )
        self.tools, self.tips = icon_tools(
            self.composer.left, tools, side="left", size=17, style="Soft.Icon.TButton"
        )
        self.send_button = ttk.Button(
            self.composer.right, style="Soft.Primary.TButton", icon="send-fill", icon_size=13,
            compound="left", command=self._send_pressed,
        )  # fmt: skip
        self.send_button.pack(side="left", anchor="s")

    def _set_words(self) -> None:
        self.send_button.configure(text=_("Send"))
        self.tips["emoji"].retext(_("Emoji"))
        self.tips["file"].retext(_("Files or pictures"))
        self._show_hint()
        self._show_strip()

    # --- For the card ---

    def enable(self, on: bool, hint: str = "", files: bool = True) -> None:
        """``hint``: why nothing can be written, where ``on`` is False; ``files``: whether they may go."""
        self._enabled, self._hint = on, hint
        self.composer.enable(on)
        for button in (self.send_button, *self.tools.values()):
            button.state(["!disabled" if on else "disabled"])
        self.tools["file"].state(["!disabled" if on and files else "disabled"])
        self._show_hint()

    def answer(self, row: ChatRow) -> None:
        """Make the next text a reply to this message."""
        self.reply = row
        self._show_strip()
        self.composer.focus_set()

    def attach(self, paths: Sequence[Path]) -> None:
        """Show these files above the composer; the next Enter sends them."""
        if not self._enabled:
            return
        known = [path for path in paths if path.exists()]
        if len(known) < len(paths):
            self.services.toast(_("Some of these files are not there any more."), "warn")
        self.files = list(dict.fromkeys([*self.files, *known]))
        self._show_strip()
        self.composer.focus_set()

    def clear_extras(self) -> str:
        """Remove the quote and the files; returns "break", which ends Tk's own handling of the key."""
        if self.picker is not None and self.picker.winfo_ismapped():
            self.close_emoji()
        self.reply, self.files = None, []
        self._show_strip()
        return "break"

    def choose_files(self) -> None:
        chosen = filedialog.askopenfilenames(parent=self.winfo_toplevel(), title=_("Files or pictures"))
        if chosen:
            self.attach([path_of(name) for name in chosen])

    def toggle_emoji(self) -> None:
        if self.picker is None:
            recent = self.services.settings.chat.setdefault("emoji", [])
            self.picker = EmojiPicker(self._over, recent, on_pick=self._picked, on_close=self.close_emoji)
        if self.picker.winfo_manager():
            self.close_emoji()
            return
        self.picker.place(relx=0, rely=1.0, anchor="sw")
        tk.Misc.lift(self.picker)
        self.picker.open()

    def close_emoji(self) -> None:
        if self.picker is not None:
            self.picker.place_forget()
        self.composer.focus_set()

    # --- Sending ---

    def _send_pressed(self) -> None:
        if not self.composer.submit():
            self._send_without_text()
        self.composer.focus_set()

    def _send(self, text: str) -> bool:
        if not text.strip():
            return False
        if not self._sender.send_text(text, self.reply.message if self.reply is not None else ""):
            return False
        self.reply = None
        self._typed = 0.0
        self._send_files()
        return True

    def _send_without_text(self) -> None:
        if not self.composer.value.strip():
            self._send_files()

    def _send_files(self) -> None:
        files, self.files = self.files, []
        if files:
            self._sender.send_files(files, all(path.suffix.lower() in PICTURES for path in files))
        self._show_strip()

    def _changed(self, text: str) -> None:
        now = time.monotonic()
        if text.strip() and (now - self._typed) * 1000 >= TYPING_MS:
            self._typed = now
            self._sender.send_typing()

    def _picked(self, sign: str) -> None:
        self.composer.text.insert("insert", sign)
        self.services.save_settings()

    def _paste(self, _event: tk.Event[tk.Misc]) -> str | None:
        """Attach a picture or files from the clipboard; leave text to Tk."""
        files = copied_files(self)
        if files:
            self.attach(files)
            return "break"
        try:
            if self.clipboard_get():
                return None
        except tk.TclError:
            pass
        picture = copied_picture(self)
        if picture is None:
            return None
        self.attach_picture(picture)
        return "break"

    def attach_picture(self, picture: Image.Image) -> None:
        """Attach a picture that has no file yet. It gets one in the profile and keeps it until it is sent."""
        try:
            path = keep_picture(self.services.profile, picture)
        except OSError as error:
            self.services.toast(
                _("The picture can't be kept: {detail}").format(detail=error.strerror or error), "error"
            )
            return
        self.attach([path])

    # --- Looks ---

    def _show_hint(self) -> None:
        hint = _("Write a message — Enter sends, Shift+Enter new line")
        if not self.composer.enter_sends:
            hint = _("Write a message — Ctrl+Enter sends")
        self.composer.retext(self._hint if not self._enabled else hint)

    def _settings_changed(self) -> None:
        self.composer.enter_sends = self.services.settings.enter_sends
        self._show_hint()

    def _show_strip(self) -> None:
        if self.reply is None and not self.files:
            self.strip.pack_forget()
            return
        icon = look().icon("paperclip" if self.files else "reply-fill", 14, look().palette.acc)
        self.strip_icon.configure(image=str(icon))
        self._strip_image = icon
        self._thumbnail = self._thumb()
        if self._thumbnail is not None:
            self.picture.configure(image=str(self._thumbnail))
            self.picture.pack(side="left", padx=(0, S(8)), before=self.strip_text)
        else:
            self.picture.pack_forget()
        if not self.strip.winfo_manager():
            self.strip.pack(fill="x", pady=(S(6), 0), before=self.composer)
        self._show_strip_text()

    def _show_strip_text(self) -> None:
        parts = []
        if self.reply is not None:
            parts.append(_("Answer to: {text}").format(text=self.reply.text))
        if self.files:
            names = ", ".join(short_name(offered_name(path.name), 40) for path in self.files[:4])
            count = len(self.files)
            parts.append(ngettext("{count} file: {names}", "{count} files: {names}", count).format(
                count=count, names=names))  # fmt: skip
        room = max(S(60), self.strip_text.winfo_width())
        self.strip_text.configure(text=fit(look().font(9), " · ".join(parts), room))

    def _thumb(self) -> ImageTk.PhotoImage | None:
        if len(self.files) != 1 or self.files[0].suffix.lower() not in PICTURES:
            return None
        try:
            with Image.open(self.files[0]) as image:
                if image.width * image.height > MOST_PIXELS:
                    return None
                image.thumbnail((S(96), S(56)))
                return ImageTk.PhotoImage(image.convert("RGBA"), master=self)
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            return None
