"""Line commands about people: who is here, the six digits, trust, how one is seen oneself."""

from __future__ import annotations

from collections.abc import Callable

from gui.shared.i18n import _
from gui.shared.links import parse_person, problem_text
from gui.shared.wording import address_error_text
from gui.terminal import chat_roster as lines
from gui.terminal.chat_commands.choice import Choice
from gui.terminal.chat_commands.files import named_files
from gui.terminal.chat_commands.surroundings import APPEAR_SECONDS, LineError, Surroundings
from net.address import Address, AddressError
from net.chat import commands as c
from net.chat.events import Person


class PeopleCommands:
    """``commands``: by their word, each taking the rest of the line."""

    def __init__(self, terminal: Surroundings, choice: Choice) -> None:
        self._terminal = terminal
        self._roster = terminal.roster
        self._choice = choice
        self.commands: dict[str, Callable[[str], object]] = {
            "who": self._who,
            "verify": self._verify,
            "trust": lambda rest: terminal.submit(c.TrustNewKey(choice.person(rest).identity)),
            "block": lambda rest: terminal.submit(c.BlockPerson(choice.person(rest).identity, True)),
            "unblock": lambda rest: terminal.submit(c.BlockPerson(choice.person(rest).identity, False)),
            "forget": lambda rest: terminal.submit(c.ForgetPerson(choice.person(rest).identity)),
            "add": self._add,
            "new-identity": lambda rest: terminal.begin_anew(),
            "find": lambda rest: terminal.submit(c.FindAgain()),
            "diagnose": self._diagnose,
            "status": self._status,
            "picture": self._picture,
        }

    def _who(self, rest: str) -> None:
        for person in sorted(self._roster.people.values(), key=lambda one: one.name.casefold()):
            self._terminal.show(lines.person_line(person))
        self._terminal.show(f"people {len(self._roster.people)}")

    def _verify(self, rest: str) -> None:
        word, _space, name = rest.partition(" ")
        if word not in ("yes", "no"):
            word, name = "", rest
        person = self._choice.person(name)
        if word:
            self._terminal.submit(c.ConfirmDigits(person.identity, word == "yes"))
            return
        identity = person.identity
        self._terminal.wait(lambda: self._now(identity, person).digits, APPEAR_SECONDS)
        person = self._now(identity, person)
        if not person.digits:
            raise LineError(
                _("There are no digits to compare yet: {name} was never met.").format(name=person.name)
            )
        self._terminal.show(f"digits {lines.short(identity)} {person.digits} {lines.one_line(person.name)}")
        self._terminal.note(
            _("If {name} sees the same six digits, type /verify yes, otherwise /verify no.").format(
                name=person.name
            )
        )

    def _now(self, identity: str, person: Person) -> Person:
        return self._roster.people.get(identity, person)

    def _add(self, rest: str) -> None:
        problem = problem_text(rest)
        if problem:
            raise LineError(problem)
        self._terminal.submit(c.AddPerson(*parse_person(rest)))

    def _diagnose(self, rest: str) -> None:
        try:
            self._terminal.submit(c.Diagnose(Address.parse(rest, default_port=c.PORT) if rest else None))
        except AddressError as error:
            raise LineError(address_error_text(error)) from error

    def _status(self, rest: str) -> None:
        try:
            status = c.OwnStatus(rest)
        except ValueError:
            choices = ", ".join(c.OwnStatus)
            raise LineError(
                _("“{value}” is none of {choices}.").format(value=rest, choices=choices)
            ) from None
        self._terminal.submit(c.SetPresence(status))

    def _picture(self, rest: str) -> None:
        """What others see one with, until the end; without a file none."""
        # Pillow is not loaded without need.
        from gui.shared.portrait import PortraitError, make_portrait

        paths = named_files(rest) if rest else []
        if len(paths) > 1:
            raise LineError(_("One picture is enough; quote a name with spaces."))
        try:
            picture = make_portrait(paths[0]) if paths else b""
        except PortraitError as error:
            raise LineError(str(error)) from error
        me = self._roster.me
        if me is not None:
            self._terminal.submit(c.SetProfile(me.name, me.colour, picture))
            self._terminal.show(f"picture {len(picture)}")
