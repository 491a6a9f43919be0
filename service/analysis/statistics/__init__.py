"""The tests behind the answers: of numbers alone, without studies and without words."""
