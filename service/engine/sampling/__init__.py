"""What a study tries next, and which of its runs go on: Optuna's samplers and pruners live here."""
