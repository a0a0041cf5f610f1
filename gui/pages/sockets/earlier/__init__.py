"""Earlier sessions: listing, searching and reading them."""
