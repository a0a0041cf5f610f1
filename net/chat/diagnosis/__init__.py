"""Why can't I see them? What is tried, and what is found."""
