"""TCP: connecting, listening, accepting, connections and closing them."""
