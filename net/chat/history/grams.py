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


def trigram_query(words: list[str], conversation: int | None) -> str:
    """For words of which at least one has three characters: what ``texts`` must match."""
    trigrams = dict.fromkeys(
        word[start : start + 3] for word in words if len(word) >= 3 for start in range(len(word) - 2)
    )
    wanted = list(trigrams)[:MOST_TRIGRAMS]
    if conversation is not None:
        wanted.append(scope_of(conversation))
    return " AND ".join('"' + trigram.replace('"', '""') + '"' for trigram in wanted)


def gram_query(words: list[str], conversation: int | None) -> str:
    """For words of one or two characters: what ``grams`` must match."""
    wanted = [_folded(word) for word in words]
    if conversation is not None:
        wanted.append(f"zz{conversation}")
    return " AND ".join(f'"{token}"' for token in wanted)


def _folded(text: str) -> str:
    return text.lower().translate(_SIGNS)
