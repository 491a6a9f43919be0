"""How far MLflow lags behind our tables, and what it is to learn."""
