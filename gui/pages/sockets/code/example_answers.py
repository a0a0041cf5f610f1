"""Auto-reply rules as a function of the example programs. It replies as `net.protocol.reply.ReplyRules` does:
with the same conditions, placeholders, delays and numbers of replies to one peer in a second.

Expressions of the ``regex`` library that Python's own ``re`` lacks can't be written without that library:
`rules_left_out` lists such rules.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence

from gui.pages.sockets.code.example_parts import Example, inside
from gui.shared.i18n import _
from net.protocol.codec import CodecError, python_codec
from net.protocol.compose import ComposeError, ComposeMode, compose
from net.protocol.reply import REGEX_BYTES, ReplyMatch, ReplyRule

_FIELD = re.compile(r"\{(text|time|remote|count)\}")


def rules_left_out(rules: Sequence[ReplyRule], codec: str) -> tuple[int, ...]:
    """The numbers, from 1, of the enabled rules that must be left out."""
    return tuple(
        number for number, rule in enumerate(rules, 1) if rule.enabled and not _can_speak(rule, codec)
    )


def rules_expressed(rules: Sequence[ReplyRule], codec: str) -> tuple[ReplyRule, ...]:
    """The rules that the programs contain: those that are enabled and can be expressed."""
    return tuple(rule for rule in rules if rule.enabled and _can_speak(rule, codec))


def _can_speak(rule: ReplyRule, codec: str) -> bool:
    try:
        if rule.match is ReplyMatch.REGEX:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                re.compile(rule.pattern)
        _test(rule, 1, codec)
        _reply(rule, codec)
    except (re.error, Warning, RecursionError, OverflowError, ComposeError, CodecError):
        return False
    return True


def answers(example: Example, side: str) -> bool:
    """Whether the program of this side ("server" or "client") replies automatically."""
    return bool(example.rules) and side == example.own_side


def answer_imports(example: Example, side: str) -> list[str]:
    """The modules that the function needs besides the program's own imports."""
    if not answers(example, side):
        return []
    needed = {
        "datetime": any("{time}" in rule.answer for rule in example.rules),
        "re": any(rule.match is ReplyMatch.REGEX for rule in example.rules),
        "time": True,
    }
    return [name for name, wanted in needed.items() if wanted]


def answer_function(example: Example, side: str) -> str:
    """The source of ``answers_to(message, address)`` if this side's program replies automatically, else "".
    The function yields bytes, or with delays ``(seconds, bytes)``."""
    if not answers(example, side):
        return ""
    rules, codec = example.rules, example.codec
    parts: list[str] = []
    remote = any("{remote}" in rule.answer for rule in rules)
    if remote:
        parts.append(
            "def address_text(address):\n"
            "    host, port = address[:2]\n"
            "    return f'[{host}]:{port}' if ':' in host else f'{host}:{port}'\n\n\n"
        )
    if _delays(example):
        parts.append(
            "def send_after(seconds, send, *arguments):\n"
            + inside(_("An answer with a delay waits on a thread of its own, so that receiving goes on."))
            + "    def wait_and_send():\n"
            "        time.sleep(seconds)\n"
            "        try:\n"
            "            send(*arguments)\n"
            "        except OSError as error:\n"
            "            print(error, flush=True)\n\n"
            "    threading.Thread(target=wait_and_send, daemon=True).start()\n\n\n"
        )
    parts.append("answered = {}\n\n\ndef answers_to(message, address):\n")
    parts.append(
        inside(
            _(
                "What is sent back by itself: each answer whose condition fits. Each has a limit for one"
                " address"
            )
        )
        + inside(_("and second, so that two programs that answer each other come to rest."))
    )
    parts.append(
        f"    counts = answered.setdefault(address, [0] * {len(rules) + 2})\n"
        "    counts[0] += 1\n"
        "    second = int(time.time())\n"
        "    if counts[-1] != second:\n"
        f"        counts[1:] = [0] * {len(rules)} + [second]\n"
    )
    if any(rule.match is not ReplyMatch.ANY and not rule.hex for rule in rules):
        parts.append(f"    text = message.decode({python_codec(codec)!r}, 'replace')\n")
    if any(rule.match is ReplyMatch.EXACT and not rule.hex for rule in rules):
        parts.append("    line = text.removesuffix('\\n').removesuffix('\\r')\n")
    if remote:
        parts.append("    remote = address_text(address)\n")
    if any("{time}" in rule.answer for rule in rules):
        parts.append("    now = datetime.datetime.now().astimezone().isoformat(' ', 'seconds')\n")
    delays = _delays(example)
    for number, rule in enumerate(rules, 1):
        test = _test(rule, number, codec)
        reply = _reply(rule, codec)
        given = f"{rule.delay!r}, {reply}" if delays else reply
        parts.append(f"    if {test}:\n        counts[{number}] += 1\n        yield {given}\n")
    return "".join(parts) + "\n\n"


def reply_loop(example: Example, depth: int, address: str, send: str, before: str, data: str) -> str:
    """The source of the loop that sends the function's replies: ``send`` is called with ``before``, then the
    reply inserted into ``data`` ("frame({})")."""
    pad = "    " * depth
    call = f"{send}({before}{data.format('reply')})"
    if not _delays(example):
        return f"{pad}for reply in answers_to(message, {address}):\n{pad}    {call}\n"
    later = f"send_after(seconds, {send}, {before}{data.format('reply')})"
    return (
        f"{pad}for seconds, reply in answers_to(message, {address}):\n"
        f"{pad}    if seconds:\n{pad}        {later}\n{pad}    else:\n{pad}        {call}\n"
    )


def _delays(example: Example) -> bool:
    return any(rule.delay for rule in example.rules)


def _test(rule: ReplyRule, number: int, codec: str) -> str:
    """The condition of the rule with this number, including its limit."""
    room = f"counts[{number}] < {rule.limit}"
    if rule.match is ReplyMatch.ANY:
        return room
    if rule.match is ReplyMatch.REGEX:
        return f"re.search({rule.pattern!r}, text[:{REGEX_BYTES}]) and {room}"
    if rule.hex:
        wanted = compose(rule.pattern, ComposeMode.HEX, codec)
        sign = "==" if rule.match is ReplyMatch.EXACT else "in"
        return f"{wanted!r} {sign} message and {room}"
    if rule.match is ReplyMatch.EXACT:
        return f"{rule.pattern!r} in (text, line) and {room}"
    return f"{rule.pattern!r} in text and {room}"


def _reply(rule: ReplyRule, codec: str) -> str:
    """The expression for the reply's bytes. ``{text}`` stands for the original bytes received."""
    name = python_codec(codec)
    terms: list[str] = []
    fixed: list[tuple[str, bool]] = []  # (text, whether it is a placeholder) to be encoded together

    def flush() -> None:
        if not fixed:
            return
        if any(is_field for _text, is_field in fixed):
            body = "".join(
                text if is_field else text.replace("{", "{{").replace("}", "}}") for text, is_field in fixed
            )
            terms.append(f"f{body!r}.encode({name!r})")
        else:
            terms.append(f"{''.join(text for text, _is_field in fixed)!r}.encode({name!r})")
        fixed.clear()

    for place, piece in enumerate(_FIELD.split(rule.answer)):
        if place % 2:
            if piece == "text":
                flush()
                terms.append("message")
            else:
                fixed.append(({"time": "{now}", "remote": "{remote}", "count": "{counts[0]}"}[piece], True))
        elif piece and rule.answer_mode is ComposeMode.TEXT:
            compose(piece, ComposeMode.TEXT, codec)  # raises for characters the codec lacks
            fixed.append((piece, False))
        elif piece:
            flush()
            terms.append(repr(compose(piece, rule.answer_mode, codec)))
    flush()
    return " + ".join(terms) if terms else "b''"
