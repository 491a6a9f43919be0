"""The files that a run leaves: checkpoints, artifacts, the exported model and what its card says."""
