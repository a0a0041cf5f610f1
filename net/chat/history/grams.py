"""How a text is cut up for the search index, and a query for it."""

from __future__ import annotations

import string
from operator import add

MOST_TRIGRAMS = 32
"""Of one query; what is longer is compared with the text itself anyway."""

# The tokenizer takes ASCII's signs for gaps: each has a place in the private area instead.
_SIGNS = {ord(sign): 0xE000 + ord(sign) for sign in string.punctuation}
_SPACES = frozenset(string.whitespace)
_SCOPE_FIRST, _SCOPE_SIZE = 0xF0000, 0xFFFE  # private use: no letter of any script


def grams_of(text: str, conversation: int) -> str:
    """The tokens of ``grams``: each pair of characters within a word, each character, the conversation."""
    folded = _folded(text)
    tokens = set(folded) - _SPACES
    for word in folded.split():
        tokens.update(map(add, word, word[1:]))
    tokens.add(f"zz{conversation}")
    return " ".join(tokens)


def scope_of(conversation: int) -> str:
    """Three characters, one trigram, that stand for the conversation in ``texts``."""
    first, rest = divmod(conversation, _SCOPE_SIZE * _SCOPE_SIZE)
    digits = (first, *divmod(rest, _SCOPE_SIZE))
    return "".join(chr(_SCOPE_FIRST + digit) for digit in digits)


Word = tuple[str, ...]
"""One word as it may be written, see `net.protocol.folding.written_forms`."""


def trigram_query(words: list[Word], conversation: int | None) -> str:
    """For words of which at least one `has_trigrams`: what ``texts`` must match."""
    longer = [word for word in words if has_trigrams(word)]
    most = max(1, MOST_TRIGRAMS // sum(map(len, longer)))
    wanted = [" OR ".join(f"({_trigrams(form, most)})" for form in word) for word in longer]
    if conversation is not None:
        wanted.append(_quoted(scope_of(conversation)))
    return " AND ".join(f"({part})" for part in wanted)


def has_trigrams(word: Word) -> bool:
    return all(len(form) >= 3 for form in word)


def _trigrams(form: str, most: int) -> str:
    found = dict.fromkeys(form[start : start + 3] for start in range(len(form) - 2))
    return " AND ".join(map(_quoted, list(found)[:most]))


def _quoted(token: str) -> str:
    return '"' + token.replace('"', '""') + '"'


def gram_query(words: list[Word], conversation: int | None) -> str:
    """For words of one or two characters: what ``grams`` must match."""
    wanted = [" OR ".join(f'"{_folded(form)}"' for form in word) for word in words]
    if conversation is not None:
        wanted.append(f'"zz{conversation}"')
    return " AND ".join(f"({part})" for part in wanted)


def _folded(text: str) -> str:
    return text.lower().translate(_SIGNS)
