"""UDP: endpoints, their threads, groups and names."""
