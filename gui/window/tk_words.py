"""Tk's own texts, mainly those of X11's file dialogs, in the present language, and the folder in which those
dialogs begin.

The keys are Tk's own English texts; "&" precedes the letter that Alt reaches. Windows and macOS show their
own dialogs.
"""

from __future__ import annotations

import tkinter as tk

from gui.shared.i18n import _, language


def tk_words() -> dict[str, str]:
    """Tk's English texts and their translations."""
    return {
        "&Open": _("&Open"),
        "&Save": _("&Save"),
        "&Cancel": _("&Cancel"),
        "&OK": _("&OK"),
        "&Yes": _("&Yes"),
        "&No": _("&No"),
        "Open": _("Open a file"),
        "Save As": _("Save as"),
        "Choose Directory": _("Choose a folder"),
        "&Directory:": _("&Folder:"),
        "File &name:": _("File &name:"),
        "File &names:": _("File &names:"),
        "Files of &type:": _("Files of &type:"),
        "Show &Hidden Files and Directories": _("Show &hidden files and folders"),
        "Show &Hidden Directories": _("Show &hidden folders"),
        'File "%1$s" already exists.\nDo you want to overwrite it?': _(
            "“%1$s” is already there.\nReplace it by the new one?"
        ),
        'File "%1$s" does not exist.': _("There is no file “%1$s”."),
        'Directory "%1$s" does not exist.': _("There is no folder “%1$s”."),
        'Invalid file name "%1$s".': _("“%1$s” can't be the name of a file."),
        'Cannot change to the directory "%1$s".\nPermission denied.': _("You may not look into “%1$s”."),
    }


FILE_DIALOGS = """
if {[tk windowingsystem] eq "x11" && [auto_load ::tk::dialog::file::]
        && ![info exists ::tk::dialog::file::__tk_filedialog(selectPath)]} {
    set ::tk::dialog::file::showHiddenBtn 1
    set ::tk::dialog::file::showHiddenVar 0
    set ::tk::dialog::file::__tk_filedialog(selectPath) [file normalize ~]
    set ::tk::dialog::file::__tk_choosedir(selectPath) [file normalize ~]
}
"""
"""X11's dialogs begin in the user's folder, as on other systems, not in the program's, and hide hidden
files."""


def teach_tk(root: tk.Misc) -> None:
    """Make Tk use the present language from its next dialog on."""
    locale = language().lower()
    root.tk.call("::msgcat::mclocale", locale)
    for english, words in tk_words().items():
        # In Tk's own namespace, where entries take precedence over catalogs loaded elsewhere.
        root.tk.call("namespace", "eval", "::tk", ("::msgcat::mcset", locale, english, words))
    root.tk.eval(FILE_DIALOGS)
