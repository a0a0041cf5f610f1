"""What can be typed in the chat's terminal."""

from gui.terminal.chat_commands.files import names_files
from gui.terminal.chat_commands.line_commands import LineCommands
from gui.terminal.chat_commands.surroundings import LineError, Surroundings

__all__ = ["LineCommands", "LineError", "Surroundings", "names_files"]
