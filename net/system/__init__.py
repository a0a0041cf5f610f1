"""What the operating system is asked: interfaces, names, groups, the kernel's facts."""
