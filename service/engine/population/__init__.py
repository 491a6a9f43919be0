"""Population-based training: members that take over the checkpoints of better ones, and try values near theirs."""
