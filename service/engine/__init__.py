"""The engine: studies at work, from the first trial to the last."""
