"""The interface without a window: sockets and chat in a terminal or a pipe. No tkinter."""
