"""How a text is cut up for the search index, and a query for it."""

from __future__ import annotations

MOST_TRIGRAMS = 32
"""Of one query; what is longer is compared with the text itself anyway."""

_SCOPE_FIRST, _SCOPE_SIZE = 0xF0000, 0xFFFE  # private use: no letter of any script


def grams_of(text: str, conversation: int) -> str:
    """The tokens of ``grams``: each pair of characters within a word, each character that is no letter or
    digit of ASCII, and the conversation; as hexadecimal numbers, so that any character can be one."""
    tokens = set()
    for word in text.lower().split():
        codes = [f"{ord(character):x}" for character in word]
        tokens.update(f"{first}x{second}" for first, second in zip(codes, codes[1:]))
        tokens.update(code for code, character in zip(codes, word) if _alone(character))
    tokens.add(f"z{conversation}")
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
    """For words of one or two characters: what ``grams`` must match; "" where the index does not help."""
    wanted = []
    for word in words:
        codes = [f"{ord(character):x}" for character in word]
        if len(word) >= 2:
            wanted += [f"{first}x{second}" for first, second in zip(codes, codes[1:])]
        elif _alone(word):
            wanted += codes
    if conversation is not None:
        wanted.append(f"z{conversation}")
    return " AND ".join(wanted)


def _alone(character: str) -> bool:
    return not (character.isascii() and character.isalnum())
