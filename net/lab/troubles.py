"""The codes of what can go wrong with a run, with the values of their sentences.

`gui.shared.lab_wording` has a sentence for each, in both languages, that says what to do.
"""

from __future__ import annotations

TROUBLES: dict[str, tuple[str, ...]] = {
    "not-reached": ("move",),  # the programs did something else than this move
    "program-ended": ("who",),  # before the move was made
    "port-taken": ("port", "other"),  # another program has it; the run uses another one
    "syntax-error": ("who", "line", "message"),
    "file-gone": ("file",),
    "not-readable": ("file",),  # no text in UTF-8, GBK or what its coding line says
    "named-like-module": ("file", "module"),  # socket.py hides the real one
    "no-python": ("python",),
    "python-too-old": ("python", "version"),
    "module-missing": ("who", "module"),
    "too-much-output": ("who", "bytes"),  # more is not kept
    "too-many-calls": ("who",),  # more are not recorded
    "forked": ("who",),  # what the new process does is not seen
    "saved-as-gbk": ("file",),  # without a coding line: Python itself would refuse it
    "all-wait": (),  # there is no held call to let go: every program waits inside one
    "unseen-calls": ("who",),  # its calls are made inside C (asyncio on Windows): the hook sees none
    "hook-lost": ("who",),
    "stopped": ("who",),
}
