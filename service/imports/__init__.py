"""Studies of other tools, translated into study definitions; what cannot be translated is listed, never dropped."""
