"""The window: everything a person sees. It submits commands and shows events; it never sees a socket."""

VERSION = "0.1.0"
