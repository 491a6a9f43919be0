"""The domain and the engine: definition, states, sampling, pruning, scheduling, ranking. Optuna lives here."""
