"""TCP: connecting, listening, connections and how they end."""
