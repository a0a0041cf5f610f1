"""Queries to the operating system: interfaces, names, multicast groups, the kernel's data about sockets."""
