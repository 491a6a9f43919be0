"""Whether a space can be drawn from: bounds, combinations, advice, and what nobody would read."""
