"""This PC's web browser."""

from __future__ import annotations

import os
import sys


def browse(address: str) -> None:
    """Open ``address`` in the browser. May block for seconds; raises `OSError` if there is no browser."""
    import webbrowser

    if getattr(sys, "frozen", False) and sys.platform.startswith("linux"):
        # The browser must not load the libraries bundled with the packaged program.
        before = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
        os.environ.pop("LD_LIBRARY_PATH", None)
        if before is not None:
            os.environ["LD_LIBRARY_PATH"] = before
    try:
        opened = webbrowser.open(address)
    except webbrowser.Error as error:
        raise OSError(str(error)) from error
    if not opened:
        raise OSError(address)
